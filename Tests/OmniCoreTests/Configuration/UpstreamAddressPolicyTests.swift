import OmniCore
import Testing

@Suite struct UpstreamAddressPolicyTests {
    @Test(arguments: [
        "localhost", "127.0.0.1", "::1", "0.0.0.0", "10.1.2.3", "192.168.0.10", "172.16.5.5", "fd12:3456::1",
        "api.openai.com",
        "168.254.1.1", "169.253.1.1", "1.169.254.1", "fe00::1", "fec0::1", "2001:db8::fe80", "::ffff:10.0.0.1",
        "::ffff:7f00:1",
        "metadata.example.com", "deadbeef.example", "cafe.de", "3com.example", "fd00:ec2::255", "::", "ollama",
    ])
    func allows(_ host: String) {
        #expect(UpstreamAddressPolicy.objection(toHost: host) == nil)
    }

    @Test(arguments: [
        // Link-local, where cloud machines hand out their credentials.
        "169.254.169.254", "169.254.0.1", "169.254.169.254.", "fe80::1", "FE80::1", "febf::1", "fe80::1%25eth0",
        "fe80:0:0:0:0:0:0:1",
        // Names and fixed addresses of metadata services.
        "metadata", "metadata.google.internal", "METADATA.google.internal.", "metadata.goog", "instance-data",
        "fd00:ec2::254", "100.100.100.200",
        // Other spellings of the same addresses.
        "::ffff:169.254.169.254", "::FFFF:169.254.169.254", "::ffff:a9fe:a9fe", "2852039166", "0xa9fea9fe",
        "0xA9FEA9FE",
        "0xa9.0xfe.0xa9.0xfe",
    ])
    func refuses(_ host: String) {
        #expect(UpstreamAddressPolicy.objection(toHost: host) != nil)
    }

    @Test(arguments: [
        "localhost", "LOCALHOST.", "a.localhost", "router.local", "db.internal", "nas.lan", "127.0.0.1", "127.255.0.1",
        "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.10", "100.64.0.1", "198.18.0.1", "192.0.2.1",
        "203.0.113.9", "224.0.0.1", "255.255.255.255", "::1", "::", "fd12:3456::1", "fc00::1", "ff02::1",
        "::ffff:10.0.0.1", "::ffff:7f00:1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:0:1::", "2001:db8::1",
        "169.254.169.254", "2130706433", "0x7f.1",
    ])
    func clientsReachPublicAddressesOnly(_ host: String) {
        #expect(UpstreamAddressPolicy.objection(toHost: host, among: .publicOnly) != nil)
    }

    @Test(arguments: [
        "example.com", "localhost.example.com", "local", "8.8.8.8", "172.15.0.1", "172.32.0.1", "192.167.1.1",
        "100.63.0.1", "100.128.0.1", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8",
    ])
    func clientsReachPublicAddresses(_ host: String) {
        #expect(UpstreamAddressPolicy.objection(toHost: host, among: .publicOnly) == nil)
    }

    /// Spellings that the system's resolver understands although they are not in the usual form.
    @Test(arguments: [
        "169.0xfe.169.254", "0251.0376.0251.0376", "169.16689662", "169.254.43518", "0:0:0:0:0:ffff:a9fe:a9fe",
        "0:0:0:0:0:ffff:169.254.169.254", "0::ffff:a9fe:a9fe", "fd00:0ec2::254", "fd00:ec2:0:0:0:0:0:254",
        "::ffff:6464:64c8",
    ])
    func refusesUnusualSpellings(_ host: String) {
        #expect(UpstreamAddressPolicy.objection(toHost: host) != nil)
    }

    @Test(arguments: [
        ("http://127.0.0.1:11434/v1", true), ("https://api.example/v1", true), ("http://[::1]:80", true),
        ("http://169.254.169.254/latest", false), ("http://[fe80::1]/", false),
        ("http://[::ffff:169.254.169.254]/", false),
        ("http://user@host/", false), ("ftp://host/", false), ("host:80", false), ("", false),
    ])
    func judgesWholeURLs(url: String, isAllowed: Bool) {
        #expect((UpstreamAddressPolicy.objection(to: url) == nil) == isAllowed)
    }
}
