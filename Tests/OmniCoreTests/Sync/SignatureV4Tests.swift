import Testing

@testable import OmniCore

@Suite struct SignatureV4Tests {
    /// 2013-05-24 00:00:00, the moment of Amazon's examples.
    private static let time: Int64 = 1_369_353_600_000

    private static let example = SignatureV4(
        accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", sessionToken: nil,
        region: "us-east-1", service: "s3")

    @Test func stampsAreInTheBasicForm() {
        #expect(SignatureV4.stamp(Self.time) == "20130524T000000Z")
    }

    /// The key and the file of the example "GET Object", without its range; the signature was worked out with Python's `hmac`.
    ///
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (checked 2026-11-26)
    @Test func headersAreSigned() {
        let headers = Self.example.headers(
            method: "GET", host: "examplebucket.s3.amazonaws.com", path: "/test.txt", body: [], at: Self.time)
        let values = Dictionary(headers.map { ($0.name, $0.value) }) { first, _ in first }
        #expect(
            values["x-amz-content-sha256"] == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(values["x-amz-date"] == "20130524T000000Z")
        #expect(
            values["authorization"]
                == "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, "
                + "SignedHeaders=host;x-amz-content-sha256;x-amz-date, "
                + "Signature=df548e2ce037944d03f3e68682813b093763996d597cf890ca3d9037fd231eb4")
        #expect(values["host"] == nil)
    }
}
