// One connection: serves one request at a time and applies the faults of a script.

internal import NIOCore
internal import NIOHTTP1

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Darwin)
internal import Darwin
#endif

/// The last handler of a connection's channel. Replies come to it by writes to the channel, from any thread.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Reply
    typealias OutboundOut = ByteBuffer

    private let service: any HTTPService
    private var identifier: ConnectionID?
    private var exchange: Exchange?
    /// Parts of further requests, while one is being served.
    private var queued = CircularBuffer<HTTPServerRequestPart>()
    private var isClosing = false
    private static let maximumQueueLength = 256

    private struct Exchange {
        let route: Route
        let head: HTTPRequestHead
        var reading: BodyReading
        var fault: Fault?
        var body: [UInt8] = []
        var byteCount = 0
        var isComplete = false
    }

    init(_ service: any HTTPService) {
        self.service = service
    }

    func channelActive(context: ChannelHandlerContext) {
        identifier = service.opened(context.channel)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let exchange, !exchange.isComplete { service.abort(exchange.route) }
        exchange = nil
        if let identifier { service.closed(identifier) }
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        if exchange?.isComplete == true || !queued.isEmpty {
            queued.append(part)
            if queued.count > Self.maximumQueueLength { context.close(promise: nil) }
        } else {
            take(part, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A malformed request receives the reply of Go's net/http. A broken connection is closed.
        if error is HTTPParserError, exchange == nil {
            exchange = Exchange(
                route: .notFound,
                head: .init(version: .http1_1, method: .GET, uri: "/"),
                reading: .ignore
            )
            let text = "400 Bad Request"
            write(Reply(status: 400, body: Array(text.utf8), closes: true), context)
        } else {
            context.close(promise: nil)
        }
    }

    private func take(_ part: HTTPServerRequestPart, _ context: ChannelHandlerContext) {
        switch part {
        case .head(let head): begin(head, context)
        case .body(let piece): take(piece)
        case .end(let trailers): complete(trailers, context)
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let route = Route(head.method, head.uri, of: service.routes)
        let fault = service.fault(route)
        var reading: BodyReading
        switch route {
        case .notFound: reading = .refuse(.notFound)
        case .methodNotAllowed: reading = .refuse(.methodNotAllowed)
        case _ where fault.map(\.hidesRequest) == true: reading = .ignore
        default: reading = service.begin(route, head)
        }
        if head.headers.first(name: "Expect")?.lowercased() == "100-continue" {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
        }
        exchange = Exchange(route: route, head: head, reading: reading, fault: fault)
    }

    private func take(_ piece: ByteBuffer) {
        guard var exchange else { return }
        self.exchange = nil
        exchange.byteCount += piece.readableBytes
        switch exchange.reading {
        case .keep(let limit):
            let room = max(0, limit - exchange.body.count)
            exchange.body.append(contentsOf: piece.readableBytesView.prefix(room))
        case .handOn(let receive): receive(Array(piece.readableBytesView))
        case .refuse, .ignore: break
        }
        self.exchange = exchange
    }

    private func complete(_ trailers: HTTPHeaders?, _ context: ChannelHandlerContext) {
        guard let identifier, var complete = exchange else { return }
        complete.isComplete = true
        exchange = complete
        if let fault = complete.fault, fault.moment == .beforeProcessing {
            if fault.hidesRequest { return write(.accepted, context) }
            if case .delay(let time) = fault.effect {
                exchange?.fault = nil
                context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) {
                    if context.channel.isActive { self.serve(complete, trailers, identifier, context) }
                }
                return
            }
        }
        serve(complete, trailers, identifier, context)
    }

    private func serve(
        _ exchange: Exchange,
        _ trailers: HTTPHeaders?,
        _ identifier: ConnectionID,
        _ context: ChannelHandlerContext
    ) {
        switch exchange.reading {
        case .refuse(let reply): write(reply, context)
        case .ignore: break
        case .keep, .handOn:
            let request = HTTPRequest(
                route: exchange.route,
                head: exchange.head,
                body: exchange.body,
                byteCount: exchange.byteCount,
                trailers: trailers
            )
            service.serve(request, on: identifier)
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        write(unwrapOutboundIn(data), context)
        promise?.succeed()
    }

    private func write(_ reply: Reply, _ context: ChannelHandlerContext) {
        guard let exchange, !isClosing else { return }
        var reply = reply
        if !exchange.head.isKeepAlive { reply.closes = true }
        if let fault = exchange.fault {
            self.exchange?.fault = nil
            switch spoil(reply, fault.effect, context) {
            case .ended: return end(context)
            case .sent: break
            case .held(let time):
                context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(time)) { self.write(reply, context) }
                return
            }
        } else {
            var buffer = context.channel.allocator.buffer(capacity: 0)
            reply.write(to: &buffer)
            context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
            if reply.closes { return end(context) }
        }
        self.exchange = nil
        while self.exchange?.isComplete != true, !queued.isEmpty { take(queued.removeFirst(), context) }
    }

    private func end(_ context: ChannelHandlerContext) {
        isClosing = true
        context.close(promise: nil)
    }

    private func spoil(_ reply: Reply, _ effect: Fault.Effect, _ context: ChannelHandlerContext) -> Fault.Consequence {
        if case .refuse(let time) = effect { service.refuseConnections(for: time) }
        let (bytes, consequence) = effect.spoil(reply)
        if effect.resets {
            // Closing with a linger time of zero sends a reset.
            let linger = linger(l_onoff: 1, l_linger: 0)
            _ = (context.channel as? any SocketOptionProvider)?.setSoLinger(linger)
        }
        for buffer in bytes { context.write(wrapOutboundOut(buffer), promise: nil) }
        context.flush()
        return consequence
    }
}
