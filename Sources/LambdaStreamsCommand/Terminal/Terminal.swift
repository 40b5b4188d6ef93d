// The kind of the command's output: a person's terminal, or a pipe.

import Foundation

struct Terminal {
    static let standardOutput = Terminal(descriptor: STDOUT_FILENO)
    static let standardError = Terminal(descriptor: STDERR_FILENO)

    let descriptor: Int32

    var isTerminal: Bool { isatty(descriptor) == 1 }

    /// A terminal whose user has not asked for plain text (no-color.org).
    var isColoured: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// Columns of the window; 100 where nothing says.
    var width: Int {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 20 else { return 100 }
        return Int(size.ws_col)
    }

    func write(_ text: String) {
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        // A reader that has gone away is no reason to fail.
        try? handle.write(contentsOf: Data(text.utf8))
    }

    /// A sentence of the command's own, beside what it prints.
    func say(_ sentence: String) { write("lambda-streams: \(sentence)\n") }
}

/// A line that a terminal shows over and over while something goes on; nothing elsewhere.
struct ProgressLine {
    private let terminal: Terminal
    private let isOn: Bool
    private var shownAt: ContinuousClock.Instant?

    init(_ terminal: Terminal, isOn: Bool = true) {
        self.terminal = terminal
        self.isOn = isOn && terminal.isTerminal
    }

    /// Shows the text, unless another was shown less than a tenth of a second ago.
    mutating func show(_ text: @autoclosure () -> String) {
        guard isOn else { return }
        let now = ContinuousClock.now
        if let shownAt, now - shownAt < .milliseconds(100) { return }
        shownAt = now
        terminal.write("\r\u{1B}[K" + Paint(isOn: terminal.isColoured).faint(text()))
    }

    /// Makes room for something else.
    mutating func clear() {
        guard shownAt != nil else { return }
        terminal.write("\r\u{1B}[K")
        shownAt = nil
    }
}

/// Colors, if they are on.
struct Paint {
    let isOn: Bool

    func bold(_ text: String) -> String { sequence("1", text) }
    func faint(_ text: String) -> String { sequence("2", text) }
    func red(_ text: String) -> String { sequence("31", text) }
    func green(_ text: String) -> String { sequence("32", text) }
    func yellow(_ text: String) -> String { sequence("33", text) }

    private func sequence(_ code: String, _ text: String) -> String {
        isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}

/// Text broken between words.
struct WrappedText {
    let text: String

    init(_ words: String, width: Int, indent: String = "") {
        var lines: [String] = []
        var line = indent
        for word in words.split(separator: " ") {
            if line.count > indent.count, line.count + word.count >= width {
                lines.append(line)
                line = indent
            }
            line += (line.count > indent.count ? " " : "") + word
        }
        text = (lines + [line]).joined(separator: "\n")
    }
}

extension String {
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    /// For a terminal: record content must not move the cursor or change colors.
    var printable: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? "\u{FFFD}" : $0 }
            )
        )
    }
}
