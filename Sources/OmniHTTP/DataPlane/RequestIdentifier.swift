import NIOHTTP1

/// The identifier of a request: the client's own where it is fit for a header and a log, else a random one.
enum RequestIdentifier {
    static func make(_ headers: HTTPHeaders) -> String {
        if let given = headers.first(name: "x-request-id"), (1...128).contains(given.utf8.count),
            given.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        {
            return given
        }
        let digits = Array("0123456789abcdef".utf8)
        var bytes = Array("req_".utf8)
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2 {
            var word = random.next()
            for _ in 0..<12 {
                bytes.append(digits[Int(word & 15)])
                word >>= 4
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
