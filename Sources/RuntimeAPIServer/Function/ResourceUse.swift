// The resources that a running process uses, as the system reports them.

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

enum ResourceUse {
    /// The peak resident memory of a running process, in bytes.
    ///
    /// Read from `/proc`, because the value of `wait4` is not usable here: Linux counts the memory of the parent
    /// between fork and exec as the child's. A function of 4 MB that a test process of 200 MB started would report 200
    /// MB.
    static func peakResidentMemory(of process: pid_t) -> Int? {
        #if os(Linux)
        let file = open("/proc/\(process)/status", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = read(file, &buffer, buffer.count)
        guard count > 0, let name = buffer[..<count].firstRange(of: Array("VmHWM:".utf8)) else { return nil }
        let digits = buffer[name.upperBound..<count]
            .drop { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            .prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return Int(String(decoding: digits, as: UTF8.self)).map { $0 &* 1024 }
        #else
        return nil
        #endif
    }
}
