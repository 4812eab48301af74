import NIOCore
import OmniCore
import Testing

/// What came on a connection, taken in lines and pieces.
@Suite struct ReceivedBytesTests {
    private func received(_ text: String) -> ReceivedBytes {
        var bytes = ReceivedBytes()
        bytes.append(ByteBuffer(string: text))
        return bytes
    }

    private func words(_ line: ReceivedBytes.Line) -> String {
        switch line {
        case .incomplete: "incomplete"
        case .tooLong: "too long"
        case .whole(let line, let endsInCRLF): "\(String(buffer: line))\(endsInCRLF ? " CRLF" : " LF")"
        }
    }

    @Test func linesInPieces() {
        var bytes = ReceivedBytes()
        #expect(words(bytes.line(limit: 9)) == "incomplete" && bytes.buffer == nil)
        for piece in ["", "a", "b", "\r"] {
            bytes.append(ByteBuffer(string: piece))
            #expect(words(bytes.line(limit: 2)) == "incomplete")
        }
        bytes.append(ByteBuffer(string: "\n\nc\n\r\nrest"))
        #expect(words(bytes.line(limit: 2)) == "ab CRLF")
        #expect(words(bytes.line(limit: 0)) == " LF")
        #expect(words(bytes.line(limit: 1)) == "c LF")
        #expect(words(bytes.line(limit: 0)) == " CRLF")
        #expect(bytes.take().map { String(buffer: $0) } == "rest")
        #expect(bytes.take() == nil)
    }

    @Test(arguments: [("abc\r\n", 2), ("abc\n", 2), ("abcd", 2), ("x\n", 0), ("abcd", 1)])
    func linesThatAreTooLong(text: String, limit: Int) {
        var bytes = received(text)
        #expect(words(bytes.line(limit: limit)) == "too long")
    }

    @Test func pieces() {
        var bytes = received("abcdef")
        #expect(bytes.take(atMost: 2).map { String(buffer: $0) } == "ab")
        bytes.consume(1)
        #expect(bytes.buffer?.readableBytes == 3)
        #expect(words(bytes.line(limit: 9)) == "incomplete")
        // A line is looked for anew behind what was taken.
        #expect(bytes.take(atMost: 3).map { String(buffer: $0) } == "def")
        bytes.append(ByteBuffer(string: "g\n"))
        #expect(words(bytes.line(limit: 9)) == "g LF")
        #expect(bytes.buffer == nil)
    }
}
