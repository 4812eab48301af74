import OmniJSON
import Testing

@testable import OmniCore

@Suite struct BodyRedactionTests {
    private func redacted(_ text: String, limit: Int = 1 << 20, isWhole: Bool = true) -> String {
        String(
            decoding: BodyRedaction.redact(Array(text.utf8), limit: limit, isWhole: isWhole).bytes, as: UTF8.self)
    }

    @Test(arguments: [
        (#"{"api_key":"abc"}"#, #"{"api_key":"[redacted]"}"#),
        (#"{"apiKey" : "a\"b","x":1}"#, #"{"apiKey" : "[redacted]","x":1}"#),
        (#"{"x-api-key":"a\\","y":"b"}"#, #"{"x-api-key":"[redacted]","y":"b"}"#),
        (#"{"args":"{\"password\":\"hunter2\",\"n\":1}"}"#, #"{"args":"{\"password\":\"[redacted]\",\"n\":1}"}"#),
        (#"{"args":"{\"client_secret\":\"cut off"#, #"{"args":"{\"client_secret\":\"[redacted]"#),
        ("data: {\"refresh_token\":\"abc\"}\n\ndata: {}", "data: {\"refresh_token\":\"[redacted]\"}\n\ndata: {}"),
        ("curl -H 'Authorization: Bearer abc123def456'", "curl -H 'Authorization: Bearer [redacted]'"),
        ("basic dXNlcjpwYXNz1", "basic [redacted]"),
        ("use sk-proj-abcdefghij0123456789. Please", "use sk-[redacted]. Please"),
        (#"{"text":"line\nsk-ant-api03-abcdefghij0123"}"#, #"{"text":"line\nsk-[redacted]"}"#),
        ("ghp_abcdefghijklmnopqrst12", "ghp_[redacted]"),
        ("AKIA1234567890ABCDEF", "AKIA[redacted]"),
        ("export OPENAI_API_KEY=verysecret\nnext", "export OPENAI_API_KEY=[redacted]\nnext"),
        ("https://h/v1?access_token=abcdef&x=1", "https://h/v1?access_token=[redacted]&x=1"),
        (
            "-----BEGIN RSA PRIVATE KEY-----\\nMIIE\\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN RSA PRIVATE KEY-----[redacted]-----END RSA PRIVATE KEY-----"
        ),
        (#"{"token":"0123456789abcdef"}"#, #"{"token":"[redacted]"}"#),
    ])
    func secretsAreTakenOut(text: String, expected: String) {
        #expect(redacted(text) == expected)
    }

    @Test(arguments: [
        #"{"max_tokens":100,"token":" Hello","logprob":-0.1}"#, #"{"password":{"type":"string"}}"#,
        "task-management-system-overview and sk-learn-pipelines-are-fun", "bearer of bad news", "Basic programming",
        #"{"a":"\\\\","b":"\u00e9\"quoted\""}"#, "x = y; z=1; total_tokens=12345", "", "\"", "\\", "-", ";base64,",
    ])
    func whatIsHarmlessStays(text: String) {
        #expect(redacted(text) == text)
    }

    @Test func mediaIsTold() throws {
        let picture = String(repeating: "iVBORw0KGgo", count: 20)
        let text = #"{"url":"data:image/png;base64,\#(picture)","data":"\#(String(repeating: "QUJD", count: 300))"}"#
        let result = redacted(text)
        #expect(result.hasPrefix(#"{"url":"data:image/png;base64,[base64: 220 characters, sha256 "#))
        #expect(result.contains(#""data":"[base64: 1200 characters, sha256 "#))
        #expect(!result.contains("QUJDQUJD") && !result.contains("iVBORw0KGgoiVBOR"))
        #expect(throws: Never.self) { try JSONValue(parsing: Array(result.utf8)) }
    }

    @Test func theSameMediaHasTheSameDigest() {
        let one = redacted(";base64," + String(repeating: "A", count: 100))
        #expect(one == redacted(";base64," + String(repeating: "A", count: 100)))
        #expect(one != redacted(";base64," + String(repeating: "B", count: 100)))
    }

    @Test func whatIsTooLongIsCut() {
        let (bytes, isCut) = BodyRedaction.redact(Array(repeating: 0x20, count: 100), limit: 10)
        #expect(bytes.count == 10 && isCut)
        #expect(BodyRedaction.redact(Array(repeating: 0x20, count: 10), limit: 10).isCut == false)
    }

    @Test func theBeginningOfASecretIsNotKept() {
        #expect(redacted("the key is sk-abc1", isWhole: false) == "the key is ")
        #expect(redacted("the key is sk-abc1") == "the key is sk-abc1")
    }

    @Test func everyCutIsTaken() {
        let text = Array(
            #"{"k":"a\"","api_key":"s3cret","t":"{\"secret\":\"y\"}","d":";base64,AAAA\/=="} -----BEGIN "#.utf8)
        for start in text.indices {
            for end in start...text.count {
                let bytes = Array(text[start..<end])
                #expect(BodyRedaction.redact(bytes, limit: 1000, isWhole: false).bytes.count <= 1000)
            }
        }
    }
}
