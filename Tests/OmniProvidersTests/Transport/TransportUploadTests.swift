import NIOCore
import OmniCore
import Synchronization
import TestSupport
import Testing

/// Bodies that are files: read as fast as the upstream takes them, and no further than it wants.
@Suite(.timeLimit(.minutes(5))) struct TransportUploadTests {
    /// A file of one letter; counts how far it was read.
    private final class Letters: UploadContents {
        let length: Int
        let furthest = Atomic<Int>(0)
        private let fails: Bool

        init(_ length: Int, fails: Bool = false) {
            self.length = length
            self.fails = fails
        }

        func read(at offset: Int, count: Int, on eventLoop: any EventLoop) async throws(TransportError) -> ByteBuffer {
            if fails { throw TransportError(.uploadLost, "gone") }
            furthest.max(offset + count, ordering: .relaxed)
            return ByteBuffer(repeating: UInt8(ascii: "x"), count: count)
        }
    }

    private static func request(_ port: Int, _ contents: any UploadContents) -> UpstreamRequest {
        .local(port, body: "head") { $0.upload = UpstreamUpload(contents, tail: ByteBuffer(string: "tail")) }
    }

    @Test(arguments: [1, 1000, 128 << 10, (128 << 10) + 1, 400_000], UpstreamWay.allCases)
    func sendsHeadFileAndTail(length: Int, way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let bodies = Mutex<[String]>([])
        let answers = try await ScriptedServer.run { connection in
            while let request = try await connection.request() {
                bodies.withLock { $0.append(String(request.suffix(length + 8))) }
                #expect(request.contains("content-length: \(length + 8)\r\n"))
                try await connection.answer("done")
            }
        } _: { server in
            let contents = Letters(length)
            // The connection serves again.
            let answers = [
                try await caller.answer(Self.request(server.port, contents)),
                try await caller.answer(Self.request(server.port, contents)),
            ]
            #expect(server.connectionCount == 1)
            return answers
        }
        #expect(answers.map(\.body) == ["done", "done"])
        let expected = "head" + String(repeating: "x", count: length) + "tail"
        #expect(bodies.withLock { $0 } == [expected, expected])
    }

    /// What an upstream does not take stays on disk.
    @Test(arguments: UpstreamWay.allCases)
    func readsNoFurtherThanTheUpstreamTakes(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let contents = Letters(1 << 30)
        let isEnough = Signal()
        try await ScriptedServer.run { _ in
            await isEnough.wait()
        } _: { server in
            let call = Task { try await caller.answer(Self.request(server.port, contents)) }
            var before = -1
            while before != contents.furthest.load(ordering: .relaxed) || before <= 0 {
                before = contents.furthest.load(ordering: .relaxed)
                try await Task.sleep(for: .milliseconds(100))
            }
            // The kernel's buffers of both sides are all that it went into.
            #expect(contents.furthest.load(ordering: .relaxed) < 64 << 20)
            call.cancel()
            isEnough.fire()
            await #expect(throws: (any Error).self) { try await call.value }
        }
    }

    /// An upstream that has had enough says so without reading on.
    @Test(arguments: UpstreamWay.allCases)
    func takesAnAnswerThatComesEarly(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let contents = Letters(1 << 30)
        let isRead = Signal()
        let answer = try await ScriptedServer.run { connection in
            try await connection.answer("too large", status: "413 Too Large")
            await isRead.wait()
        } _: { server in
            defer { isRead.fire() }
            return try await caller.answer(Self.request(server.port, contents))
        }
        #expect(answer == UpstreamAnswer(status: 413, body: "too large"))
        #expect(contents.furthest.load(ordering: .relaxed) < 1 << 30)
    }

    @Test(arguments: UpstreamWay.allCases)
    func givesAnUpstreamUpThatTakesNothing(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let isOver = Signal()
        let code = try await ScriptedServer.run { _ in
            await isOver.wait()
        } _: { server in
            defer { isOver.fire() }
            var request = Self.request(server.port, Letters(1 << 30))
            request.deadlines.betweenEvents = .milliseconds(300)
            return try await caller.failure(request)
        }
        #expect(code == .stalled)
    }

    @Test(arguments: UpstreamWay.allCases)
    func tellsOfAFileThatIsLost(way: UpstreamWay) async throws {
        let caller = try await UpstreamCaller(way)
        let code = try await ScriptedServer.run { connection in
            await connection.closing()
        } _: { server in
            try await caller.failure(Self.request(server.port, Letters(1000, fails: true)))
        }
        #expect(code == .uploadLost)
    }
}
