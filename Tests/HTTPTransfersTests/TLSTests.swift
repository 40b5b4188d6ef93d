// TLS against a real server of the test's own: which certificates are trusted, and which versions are spoken.

import Foundation
import HTTPScripting
import HTTPTransfers
import Testing

@Suite("HTTPClient and TLS")
struct TLSTests {
    @Test("a certificate is trusted when the file of authorities has its own, and not without")
    func trust() async throws {
        let server = try TLSServer()
        let trusting = HTTPClient(HTTPClientConfiguration(certificateAuthorities: server.certificate))
        for _ in 0..<2 {
            let response = try await trusting.send(HTTPRequest(.get, server.url))
            #expect(response.body == Array("over TLS".utf8))
        }
        let error = await #expect(throws: CurlError.self) {
            try await HTTPClient().send(HTTPRequest(.get, server.url))
        }
        #expect(error?.kind == .tls)
        #expect(error?.description.contains("certificate") == true, "\(String(describing: error))")
    }

    @Test("a certificate of another host is not trusted")
    func otherHost() async throws {
        let server = try TLSServer()
        let client = HTTPClient(HTTPClientConfiguration(certificateAuthorities: server.certificate))
        let error = await #expect(throws: CurlError.self) {
            try await client.send(
                HTTPRequest(.get, server.url.replacingOccurrences(of: "localhost", with: "127.0.0.1"))
            )
        }
        #expect(error?.kind == .tls)
    }

    @Test("a file of authorities that does not exist is an error of its own")
    func noFile() async throws {
        let server = try TLSServer()
        let client = HTTPClient(HTTPClientConfiguration(certificateAuthorities: "/no/such/file.pem"))
        let error = await #expect(throws: CurlError.self) { try await client.send(HTTPRequest(.get, server.url)) }
        #expect(error?.kind == .tls)
        #expect(error?.description.contains("/no/such/file.pem") == true, "\(String(describing: error))")
    }

    @Test("TLS 1.2 and 1.3 are spoken, 1.1 is not", arguments: ["TLSv1_1", "TLSv1_2", "TLSv1_3"])
    func versions(version: String) async throws {
        let server = try TLSServer(onlyVersion: version)
        let client = HTTPClient(HTTPClientConfiguration(certificateAuthorities: server.certificate))
        if version == "TLSv1_1" {
            let error = await #expect(throws: CurlError.self) { try await client.send(HTTPRequest(.get, server.url)) }
            #expect(error?.kind == .tls, "\(String(describing: error))")
        } else {
            #expect(try await client.send(HTTPRequest(.get, server.url)).status == 200)
        }
    }

    @Test("AWS_CA_BUNDLE counts before SSL_CERT_FILE, and both before the known places")
    func variables() {
        let both = ["AWS_CA_BUNDLE": "/a.pem", "SSL_CERT_FILE": "/b.pem"]
        #expect(CertificateAuthorities.file { both[$0] } == "/a.pem")
        #expect(CertificateAuthorities.file { $0 == "SSL_CERT_FILE" ? "/b.pem" : nil } == "/b.pem")
        let known = CertificateAuthorities.file { $0 == "AWS_CA_BUNDLE" ? "" : nil }
        #expect(known.map { FileManager.default.fileExists(atPath: $0) } ?? true)
    }
}

/// An HTTPS server with a certificate of its own for `localhost`.
private final class TLSServer {
    let url: String
    /// The certificate, which is its own authority.
    let certificate: String
    private let server: PythonServer

    init(onlyVersion version: String? = nil) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        certificate = folder.appendingPathComponent("certificate.pem").path
        server = try PythonServer(
            Self.script,
            [folder.path, version ?? "any"],
            missing: "python3 or openssl is missing here"
        )
        url = "https://localhost:\(server.port)/"
    }

    private static let script = """
        import http.server, os, shutil, ssl, subprocess, sys, threading
        folder, version = sys.argv[1:]
        certificate, key = folder + "/certificate.pem", folder + "/key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", certificate],
                       check=True, capture_output=True)
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Length", "8")
                self.end_headers()
                self.wfile.write(b"over TLS")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        if version != "any":
            context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
        context.load_cert_chain(certificate, key)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(server.server_port, flush=True)
        sys.stdin.read()
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)
        """
}
