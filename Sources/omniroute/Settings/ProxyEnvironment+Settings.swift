import Configuration
import Foundation
import OmniCore

/// The variables that name a proxy to every program; here they are what is used where no proxy is set.
extension ProxyEnvironment {
    static func load(_ source: SettingsSource) throws -> ProxyEnvironment {
        var proxies = ProxyEnvironment()
        proxies.http = try proxy("httpProxy", lowered("http_proxy") ?? source.string("httpProxy"))
        proxies.https = try proxy("httpsProxy", lowered("https_proxy") ?? source.string("httpsProxy"))
        proxies.all = try proxy("allProxy", lowered("all_proxy") ?? source.string("allProxy"))
        let exceptions = lowered("no_proxy") ?? source.string("noProxy") ?? ""
        // Whether this machine itself counts is said by the stored setting.
        proxies.bypass.includesLoopback = false
        // Other programs know forms that are none here; they must not keep the router from starting.
        proxies.bypass.rules = exceptions.split { $0 == "," || $0 == " " }.compactMap { .init(String($0)) }
        return proxies
    }

    private static func proxy(_ name: String, _ url: String?) throws -> NetworkProxy? {
        guard let url else { return nil }
        do throws(FieldFault) {
            return try NetworkProxy(url: url)
        } catch {
            throw SettingsError(
                name, "must be an address such as http://user:password@host:3128: its \(error.field) \(error.message)")
        }
    }

    /// Nearly all programs read these in lower case too, and curl one of them in no other.
    private static func lowered(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }
}
