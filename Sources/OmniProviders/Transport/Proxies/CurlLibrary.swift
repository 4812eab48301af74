import CCurl
import OmniCore
import Synchronization

/// libcurl, loaded when the first tunnel is opened.
///
/// Linked in the ordinary way, it and the thirty libraries that it needs would be loaded by every start, and take several
/// megabytes of a process that may never go through a proxy.
enum CurlLibrary {
    /// The name under which systems have libcurl's current interface.
    static let systemName = OMNI_CURL_LIBRARY

    /// The library that was loaded; there is one for the whole process.
    private static let loaded = Mutex<String?>(nil)

    /// Loads it unless that was done before: takes some milliseconds, and reads files.
    ///
    /// What failed is tried again by the next call, so that a library that was missing can be installed meanwhile.
    static func load(_ name: String = systemName) throws(TransportError) {
        let fault = loaded.withLock { loaded -> String? in
            if loaded == name { return nil }
            if let fault = omni_curl_load(name) { return String(cString: fault) }
            loaded = name
            return nil
        }
        if let fault {
            throw TransportError(.proxyFailed, "the library that opens tunnels cannot be loaded: \(fault)")
        }
    }
}
