// The effect of a fault on a reply: the bytes that are sent instead, and what follows.

internal import NIOCore

extension Fault {
    /// Whether the Runtime API does not process the request. A fault that only damages a reply that is sent to its
    /// end needs a processed request.
    var hidesRequest: Bool {
        guard moment == .beforeProcessing else { return false }
        return switch effect {
        case .refuse, .close, .reset, .truncate, .status, .oversized, .garbage: true
        case .delay, .duplicate, .headers, .malformedHeader, .closeWhenIdle: false
        }
    }

    enum Consequence {
        /// The connection ends.
        case ended
        /// The connection stays open.
        case sent
        /// The reply is sent later.
        case held(Duration)
    }
}

extension Fault.Effect {
    var resets: Bool {
        switch self {
        case .refuse, .reset: true
        default: false
        }
    }

    func spoil(_ reply: Reply) -> (bytes: [ByteBuffer], consequence: Fault.Consequence) {
        switch self {
        case .refuse, .close: return ([], .ended)
        case .reset(let place), .truncate(let place): return ([reply.part(upTo: place)], .ended)
        case .delay(let time): return ([], .held(time))
        case .duplicate: return ([reply.bytes, reply.bytes], .sent)
        case .status(let status):
            return ([Reply.error(status, "InjectedFault", "a fault script chose this status").bytes], .sent)
        case .oversized(let byteCount): return (reply.replacingBody(byteCount: byteCount), .sent)
        case .headers(let replacements):
            var spoilt = reply
            let names = Set(replacements.keys.map { $0.lowercased() })
            spoilt.headers.removeAll { names.contains($0.name.lowercased()) }
            for case (let name, let value?) in replacements { spoilt.headers.append((name, value)) }
            return ([spoilt.bytes], .sent)
        case .malformedHeader(let line):
            var head = reply.head(contentLength: reply.body.count)
            head.insert(
                contentsOf: line + "\r\n",
                at: head.firstIndex(of: "\r\n").map(head.index(after:)) ?? head.startIndex
            )
            return ([ByteBuffer(string: head), ByteBuffer(bytes: reply.body)], .sent)
        case .garbage(let bytes): return ([ByteBuffer(bytes: bytes)], .ended)
        case .closeWhenIdle: return ([reply.bytes], .ended)
        }
    }
}

extension Reply {
    fileprivate var bytes: ByteBuffer {
        var buffer = ByteBuffer()
        write(to: &buffer)
        return buffer
    }

    fileprivate func part(upTo place: Fault.Place) -> ByteBuffer {
        // Announces a body of at least two bytes, so that it can stop in the middle.
        let announced = max(body.count, 2)
        let head = head(contentLength: announced)
        return switch place {
        case .beforeHead: ByteBuffer()
        case .withinHead: ByteBuffer(bytes: head.utf8.prefix(head.utf8.count / 2))
        case .afterHead: ByteBuffer(string: head)
        case .withinBody: ByteBuffer(bytes: Array(head.utf8) + (body + [0, 0]).prefix(announced / 2))
        }
    }

    fileprivate func replacingBody(byteCount: Int) -> [ByteBuffer] {
        var pieces = [ByteBuffer(string: head(contentLength: byteCount))]
        let zeros = ByteBuffer(repeating: 0, count: 1024 * 1024)
        var left = max(0, byteCount)
        while left > 0 {
            let count = min(left, zeros.readableBytes)
            zeros.getSlice(at: 0, length: count).map { pieces.append($0) }
            left -= count
        }
        return pieces
    }
}
