import OmniCore
import OmniJSON
import Testing

@Suite struct AddressFilterTests {
    private static func filter(_ json: String, at wall: Int64 = 0) throws -> AddressFilter {
        var filter = AddressFilter()
        try filter.merge(JSONFields(JSONValue(parsing: Array(json.utf8))), at: wall)
        return filter
    }

    @Test(arguments: [
        ("10.1.2.3", "10.1.2.3", true), ("10.1.2.3", "10.1.2.4", false), ("10.1.2.3/8", "10.255.0.1", true),
        ("10.0.0.0/8", "11.0.0.0", false), ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false),
        ("192.168.1.128/25", "192.168.1.127", false), ("192.168.1.128/25", "192.168.1.128", true),
        ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/33", "2001:db8:8000::", false),
        ("::/0", "::1", true), ("fe80::1%eth0", "fe80::1", true), ("[::1]", "::1", true),
        ("::ffff:10.0.0.0/104", "10.9.9.9", true), ("10.0.0.0/8", "::ffff:10.9.9.9", true),
    ])
    func rangesHold(range: String, address: String, holds: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(#require(InternetAddress(address))) == holds)
    }

    @Test(arguments: [
        "", "10.0.0", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/8/8", "::/129", "host", "::ffff:10.0.0.0/90",
        "10.0.0.0/+8",
    ])
    func whatIsNoRangeIsNone(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test(arguments: [
        ("10.1.2.3/8", "10.0.0.0/8"), ("2001:DB8:0::1", "2001:db8::1"), ("2001:db8::ffff/32", "2001:db8::/32"),
        ("::ffff:1.2.3.4", "1.2.3.4"), ("1.2.3.4/32", "1.2.3.4"),
    ])
    func rangesAreWrittenInOneWay(text: String, written: String) throws {
        #expect(try #require(AddressRange(text)).description == written)
    }

    @Test(arguments: [("127.0.0.1", true), ("127.9.9.9", true), ("::1", true), ("128.0.0.1", false), ("::2", false)])
    func knowsThisMachine(address: String, isLoopback: Bool) throws {
        #expect(try #require(InternetAddress(address)).isLoopback == isLoopback)
    }

    @Test(arguments: [
        (#"{"blacklist":["10.0.0.1"]}"#, true), (#"{"enabled":true,"blacklist":["10.0.0.1"]}"#, false),
        (#"{"enabled":true,"blacklist":["10.0.0.2"]}"#, true), (#"{"enabled":true,"mode":"whitelist"}"#, false),
        (#"{"enabled":true,"mode":"whitelist","whitelist":["10.0.0.0/8"]}"#, true),
        (#"{"enabled":true,"mode":"whitelist","whitelist":["10.0.0.0/8"],"tempBan":{"ip":"10.0.0.1"}}"#, false),
        (#"{"enabled":true,"mode":"whitelist-priority","blacklist":["10.0.0.0/8"],"whitelist":["10.0.0.1"]}"#, true),
        (#"{"enabled":true,"mode":"whitelist-priority","blacklist":["10.0.0.0/8"]}"#, false),
        (#"{"enabled":true,"mode":"whitelist-priority"}"#, true),
    ])
    func decides(json: String, admits: Bool) throws {
        #expect(try Self.filter(json).admits(#require(InternetAddress("10.0.0.1")), at: 0) == admits)
    }

    @Test func bansEnd() throws {
        let address = try #require(InternetAddress("10.0.0.1"))
        var filter = try Self.filter(
            #"{"enabled":true,"tempBan":{"ip":"10.0.0.1","durationMs":1000,"reason":"r"}}"#, at: 500)
        #expect(!filter.admits(address, at: 1499))
        #expect(filter.admits(address, at: 1500))
        var writer = JSONWriter()
        writer.beginObject()
        filter.writeMembers(into: &writer, at: 1400)
        writer.endObject()
        let stored = try AddressFilter(stored: JSONFields(JSONValue(parsing: writer.bytes)), at: 1400)
        #expect(stored == filter)
        try filter.merge(JSONFields(JSONValue(parsing: Array("{}".utf8))), at: 1500)
        #expect(filter.bans.isEmpty)
    }
}
