import Foundation
import NIOCore
import NIOPosix
import OmniCore
import OmniJSON
import Testing

@testable import OmniHTTP

/// Forms with a file, as they arrive and as they are kept.
@Suite(.timeLimit(.minutes(5))) struct UploadTests {
    private static let type = "content-type: multipart/form-data; boundary=b\r\n"
    private static let head = "POST /v1/audio/transcriptions HTTP/1.1\r\nhost: localhost\r\n" + type
    private static let begin =
        "--b\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nup/m\r\n"
        + "--b\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n"

    private static func options(_ change: (inout DataPlane.Options) -> Void) -> DataPlane.Options {
        var options = DataPlane.Options()
        change(&options)
        return options
    }

    @Test func givesAClientUpThatSendsNothingMore() async throws {
        let options = Self.options { $0.uploadStallTimeout = .milliseconds(200) }
        try await TestDaemon.run(options: options) { daemon async throws in
            let response = try await RawClient.connect(daemon.port) { client in
                try await client.send(Self.head + "content-length: 100000\r\n\r\n" + Self.begin)
                return try await client.response()
            }
            #expect(response.status == 408)
            #expect(daemon.upstream.requests.isEmpty)
        }
    }

    /// What gives a client more time.
    @Test func anyByteIsProgress() throws {
        let intake = try UploadIntake(
            contentType: "multipart/form-data; boundary=b", maximumBytes: 1000, folder: "/nowhere", isHashed: false,
            eventLoop: MultiThreadedEventLoopGroup.singleton.next())
        #expect(!intake.hasProgressed())
        try intake.receive(ByteBuffer(string: "-"))
        #expect(intake.hasProgressed())
        #expect(!intake.hasProgressed())
    }

    @Test func saysWhenTheFileCannotBeKept() async throws {
        let options = Self.options { $0.uploadFolder = "/nowhere" }
        try await TestDaemon.run(options: options) { daemon async throws in
            let response = try await RawClient.connect(daemon.port) { client in
                let body = Self.begin + "RIFF\r\n--b--\r\n"
                try await client.send(Self.head + "content-length: \(body.utf8.count)\r\n\r\n" + body)
                return try await client.response()
            }
            #expect(response.status == 500)
            #expect(try response.json["error"]?["code"]?.string == "upload_failed")
        }
    }

    @Test func aFullDiskIsTold() {
        #expect([ENOSPC, EDQUOT, EFBIG].allSatisfy { SpooledFile.Failure(errno: $0).isFull })
        #expect(!SpooledFile.Failure(errno: ENOENT).isFull)
    }

    /// The rest of what one client pipelines waits for the file to be on disk.
    @Test func answersWhatFollowsTheForm() async throws {
        try await TestDaemon.run { daemon async throws in
            let statuses = try await RawClient.connect(daemon.port) { client in
                let body = Self.begin + "\r\n--b--\r\n"
                let form = Self.head + "content-length: \(body.utf8.count)\r\n\r\n" + body
                try await client.send(form + "GET /v1/models HTTP/1.1\r\nhost: localhost\r\n\r\n" + form)
                var statuses: [Int] = []
                for _ in 0..<3 { statuses.append(try await client.response().status) }
                return statuses
            }
            // The file is empty.
            #expect(statuses == [400, 200, 400])
        }
    }

    @Test func keepsWhatItWasGiven() async throws {
        let folder = FileManager.default.temporaryDirectory.path
        let file = SpooledFile(folder: folder, isHashed: true)
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        for piece in ["sound ", "of ", "music"] { try await file.append(ByteBuffer(string: piece), on: loop).get() }
        #expect(file.length == 14)
        #expect(file.head == Array("sound of music".utf8))
        #expect(try await file.read(at: 6, count: 2, on: loop) == ByteBuffer(string: "of"))
        #expect(try await file.read(at: 9, count: 100, on: loop) == ByteBuffer(string: "music"))
        await #expect(throws: TransportError.self) { try await file.read(at: 14, count: 1, on: loop) }
        #expect(file.digest?.prefix(4) == [0x71, 0x0E, 0x8D, 0x34])
    }
}
