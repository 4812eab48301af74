import NIOHTTP1
import Testing

@testable import OmniHTTP

struct RequestFieldsTests {
    @Test func findsEveryNameInAnyCase() {
        for name in RequestFields.Name.allCases {
            let fields = RequestFields([("accept", "*/*"), (name.rawValue.uppercased(), "one"), (name.rawValue, "two")])
            #expect(fields[name] == "one")
            #expect(fields.joined(name) == "one,two")
            for other in RequestFields.Name.allCases where other != name { #expect(fields[other] == nil) }
        }
    }

    @Test func nothingElseIsFound() {
        let fields = RequestFields([("", "a"), ("x-request-i", "a"), ("x-request-idd", "a"), ("x_request_id", "a")])
        for name in RequestFields.Name.allCases {
            #expect(fields[name] == nil)
            #expect(fields.joined(name) == nil)
        }
    }

    @Test(arguments: [("true", true), ("TRUE", true), ("1", false), ("", false)])
    func onlyTrueIsTrue(value: String, isTrue: Bool) {
        #expect(RequestFields([("x-omniroute-strict", value)]).isTrue(.strict) == isTrue)
    }
}

extension RequestFields {
    fileprivate init(_ list: [(String, String)]) { self.init(HTTPHeaders(list)) }
}
