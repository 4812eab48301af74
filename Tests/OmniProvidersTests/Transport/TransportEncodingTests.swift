import OmniCore
import Testing

/// Compressed answers are read or refused, never handed on as if they were text.
@Suite(.timeLimit(.minutes(5))) struct TransportEncodingTests {
    private static let text = "hello hello hello"
    private static let gzip: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x57, 0xC8, 0x40,
        0x90, 0x00, 0x80, 0x88, 0xF9, 0xE5, 0x11, 0x00, 0x00, 0x00,
    ]
    private static let zlib: [UInt8] = [
        0x78, 0x9C, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x57, 0xC8, 0x40, 0x90, 0x00, 0x3A, 0x2E, 0x06, 0x7D,
    ]

    private static var damaged: [UInt8] {
        var bytes = gzip
        bytes[14] = ~bytes[14]
        return bytes
    }

    @Test(
        arguments: [
            ("gzip", gzip), ("GZIP", gzip), ("x-gzip", gzip), ("deflate", zlib), ("Deflate", zlib),
            ("identity", Array(text.utf8)),
        ] as [(String, [UInt8])])
    func readsWhatItAsksFor(encoding: String, wire: [UInt8]) async throws {
        for way in UpstreamWay.allCases {
            let answer = try await Self.answer(encoding: encoding, wire: wire, way: way)
            #expect(answer == UpstreamAnswer(status: 200, body: Self.text), "\(way)")
        }
    }

    /// Every byte a piece of its own, as slow networks cut them.
    @Test(arguments: UpstreamWay.allCases)
    func readsACompressedStreamPieceByPiece(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let answer = try await ScriptedServer.run { connection in
            _ = try await connection.request()
            try await connection.send("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n")
            for byte in Self.gzip { try await connection.send(Array("1\r\n".utf8) + [byte] + Array("\r\n".utf8)) }
            try await connection.send("0\r\n\r\n")
        } _: { server in
            try await caller.answer(.local(server.port))
        }
        #expect(answer.body == Self.text)
    }

    @Test(arguments: ["br", "zstd", "compress", "gzip, gzip", "gzip, br", "rot13"])
    func refusesWhatItDidNotAskFor(encoding: String) async throws {
        for way in UpstreamWay.allCases {
            let failure = try await Self.failure(encoding: encoding, wire: Array("\u{3}nothing".utf8), way: way)
            #expect(failure == .unsupportedEncoding, "\(way)")
        }
    }

    @Test(
        arguments: [
            ("cut short", Array(gzip.dropLast(12))), ("without its checksum", Array(gzip.dropLast(8))),
            ("not compressed", Array(text.utf8)),
            ("damaged", damaged), ("followed by garbage", gzip + Array("garbage!".utf8)),
        ] as [(String, [UInt8])])
    func refusesABodyThatIsNotWholeOrNotCompressed(name: String, wire: [UInt8]) async throws {
        for way in UpstreamWay.allCases {
            let failure = try await Self.failure(encoding: "gzip", wire: wire, way: way)
            #expect([.unsupportedEncoding, .connectionLost].contains(failure), "\(way)")
        }
    }

    private static func answer(encoding: String, wire: [UInt8], way: UpstreamWay) async throws -> UpstreamAnswer {
        let caller = try await UpstreamCaller(way)
        return try await ScriptedServer.run { connection in
            _ = try await connection.request()
            try await connection.send(
                "HTTP/1.1 200 OK\r\ncontent-encoding: \(encoding)\r\ncontent-length: \(wire.count)\r\n\r\n")
            try await connection.send(wire)
            await connection.closing()
        } _: { server in
            try await caller.answer(.local(server.port))
        }
    }

    private static func failure(
        encoding: String, wire: [UInt8], way: UpstreamWay
    ) async throws -> TransportError.Code? {
        do {
            _ = try await answer(encoding: encoding, wire: wire, way: way)
            return nil
        } catch let error as TransportError {
            return error.code
        }
    }
}
