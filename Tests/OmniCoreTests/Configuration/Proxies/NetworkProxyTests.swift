import OmniJSON
import Testing

@testable import OmniCore

/// How proxies and exceptions are written.
@Suite struct NetworkProxyTests {
    @Test(
        arguments: [
            ("http://proxy.example:3128", "http://proxy.example:3128", nil, nil),
            ("proxy.example:3128", "http://proxy.example:3128", nil, nil),
            ("HTTPS://Proxy.Example/", "https://proxy.example:443", nil, nil),
            ("http://proxy.example", "http://proxy.example:8080", nil, nil),
            ("socks5h://[::1]:9050", "socks5://[::1]:9050", nil, nil),
            ("socks5://[2001:db8::1]", "socks5://[2001:db8::1]:1080", nil, nil),
            ("socks5://me:p%40ss%3Aw@h:1", "socks5://***:***@h:1", "me", "p@ss:w"),
            ("http://me@h:1", "http://***@h:1", "me", nil),
            ("http://m%C3%BC:a:b@h:1/path?x#y", "http://***:***@h:1", "mü", "a:b"),
        ] as [(String, String, String?, String?)])
    func readsAddresses(url: String, shown: String, username: String?, password: String?) throws {
        let proxy = try NetworkProxy(url: url)
        #expect(proxy.description == shown)
        #expect(proxy.username == username && proxy.password == password)
    }

    @Test(arguments: [
        "", "http://", "socks4://h:1", "ftp://h", "h:0", "h:65536", "h:x", "http://a%zz:b@h:1", "http://:p@h:1",
        "http://169.254.169.254:80", "http://metadata:80", "h h:1", "http://[::1", "http://a%00:b@h:1",
    ])
    func refusesWhatIsNone(url: String) {
        let fault = #expect(throws: FieldFault.self) { try NetworkProxy(url: url) }
        #expect(fault?.message.contains("b@h") == false)
    }

    @Test func aPasswordStaysWhereItIs() throws {
        let old = ProxyChoice.proxy(
            NetworkProxy(kind: .socks5, host: "h", port: 1, username: "u", password: "secret"))
        func merged(_ text: String) throws -> String? {
            let choice = try ProxyChoice(JSONValue(parsing: Array(text.utf8)), path: "proxy", over: old)
            guard case .proxy(let proxy) = choice else { return "direct" }
            return proxy.password
        }
        let same = #"{"type":"socks5","host":"H","port":"1","username":"u""#
        #expect(try merged(same + "}") == "secret")
        #expect(try merged(same + #","password":"unchanged"}"#) == "secret")
        #expect(try merged(same + #","password":" new "}"#) == " new ")
        #expect(try merged(same + #","password":null}"#) == nil)
        #expect(try merged(same + #","password":""}"#) == nil)
        #expect(try merged(#"{"type":"direct"}"#) == "direct")
        #expect(try merged(#"{"type":"socks5","host":"h","port":1}"#) == nil)
        for moved in [#"{"host":"h","port":1,"username":"u"}"#, same.replacing(#""1""#, with: "2") + "}"] {
            #expect(throws: FieldFault.self) { try merged(moved) }
        }
        #expect(try merged(same.replacing(#""1""#, with: "2") + #","password":"p"}"#) == "p")
    }

    @Test func isShownWithoutItsPassword() throws {
        let choice = ProxyChoice.proxy(NetworkProxy(kind: .http, host: "h", port: 1, username: "u", password: "secret"))
        var shown = JSONWriter()
        choice.write(into: &shown)
        #expect(
            String(decoding: shown.bytes, as: UTF8.self)
                == #"{"type":"http","host":"h","port":1,"username":"u","hasPassword":true}"#)
        var stored = JSONWriter()
        choice.write(into: &stored, showsSecret: true)
        #expect(try ProxyChoice(stored: JSONValue(parsing: stored.bytes)) == choice)
    }

    @Test(arguments: [
        ("*", "api.example", 443, true), ("example.com", "example.com", 443, true),
        ("example.com", "API.Example.com.", 443, true), (".example.com", "api.example.com", 443, true),
        ("*.example.com", "api.example.com", 443, true), ("example.com", "badexample.com", 443, false),
        ("example.com:8443", "example.com", 443, false), ("example.com:8443", "example.com", 8443, true),
        ("10.0.0.0/8", "10.1.2.3", 80, true), ("10.0.0.0/8", "11.1.2.3", 80, false),
        ("10.0.0.0/8", "ten.example", 80, false), ("192.168.1.5:80", "192.168.1.5", 80, true),
        ("192.168.1.5:80", "192.168.1.5", 81, false), ("2001:db8::/32", "2001:db8::7", 80, true),
        ("[::1]:80", "::1", 80, true),
    ])
    func exceptionsMatch(rule: String, host: String, port: Int, isMatch: Bool) throws {
        var bypass = try ProxyBypass(rules: [rule], path: "noProxy")
        bypass.includesLoopback = false
        let endpoint = UpstreamEndpoint(scheme: .http, host: host, port: port, path: "/")
        #expect(bypass.contains(endpoint) == isMatch)
    }

    @Test(arguments: ["", "a b", "http://x", "a/b", "x:0", "x:99999", "a,b", "*x"])
    func exceptionsThatAreNone(rule: String) {
        #expect(throws: FieldFault.self) { try ProxyBypass(rules: ["ok", rule], path: "noProxy") }
    }

    @Test(arguments: [
        ("localhost", true), ("a.localhost", true), ("127.9.9.9", true), ("::1", true), ("0.0.0.0", true),
        ("10.0.0.1", false), ("localhost.example", false),
    ])
    func thisMachineIsAnException(host: String, isMatch: Bool) {
        let endpoint = UpstreamEndpoint(scheme: .http, host: host, port: 80, path: "/")
        #expect(ProxyBypass().contains(endpoint) == isMatch)
    }
}
