import NIOCore
import OmniJSON
import OmniTranslate

/// Fetches files that a client gave by their address, for upstreams that read none.
///
/// Whoever may send requests may name any address: only public ones are called, redirects are checked like the first
/// address, and neither cookies nor credentials go along.
struct MediaFetcher {
    let transport: any UpstreamTransport
    let eventLoop: any EventLoop
    let userAgent: String
    /// Whether addresses of this machine and of private networks may be called too.
    let allowsPrivate: Bool

    /// What one request may fetch in all.
    private static let maximumBytes = 20 << 20
    private static let maximumFiles = 20
    private static let maximumRedirects = 3
    private static let patience: Duration = .seconds(30)

    /// - Throws: a fault of kind invalidRequest that names the address and what was wrong with it.
    func fetch(_ addresses: [JSONText]) async throws(UpstreamFault) -> [JSONText: RemoteMedia.File] {
        guard addresses.count <= Self.maximumFiles else {
            throw UpstreamFault(
                .invalidRequest, message: "more than \(Self.maximumFiles) files are given by their address",
                code: "too_many_files")
        }
        var files: [JSONText: RemoteMedia.File] = [:]
        var left = Self.maximumBytes
        for address in addresses {
            let file = try await fetch(address.string, limit: left)
            left -= file.bytes.count
            files[address] = file
        }
        return files
    }

    private func fetch(_ address: String, limit: Int) async throws(UpstreamFault) -> RemoteMedia.File {
        var next = address
        for _ in 0...Self.maximumRedirects {
            guard let endpoint = UpstreamEndpoint(url: next) else {
                throw failure(address, "it is no http or https address without user name and fragment")
            }
            if let objection = UpstreamAddressPolicy.objection(
                toHost: endpoint.host, among: allowsPrivate ? .configured : .publicOnly)
            {
                throw failure(address, objection)
            }
            switch try await get(endpoint, address: address, limit: limit) {
            case .file(let file): return file
            case .redirect(let location): next = location.hasPrefix("/") ? endpoint.site + location : location
            }
        }
        throw failure(address, "it leads on and on")
    }

    private enum Outcome {
        case file(RemoteMedia.File)
        case redirect(String)
    }

    private func get(
        _ endpoint: UpstreamEndpoint, address: String, limit: Int
    ) async throws(UpstreamFault) -> Outcome {
        do {
            let exchange = try await transport.send(request(endpoint), on: eventLoop)
            if (300..<400).contains(exchange.status), let location = exchange.header("location") {
                exchange.abandon()
                return .redirect(location)
            }
            guard exchange.status == 200 else {
                exchange.abandon()
                throw failure(address, "its server answered with status \(exchange.status)")
            }
            let type = exchange.header("content-type")?.split(separator: ";").first.map {
                $0.trimmingSpaces.lowercased()
            }
            return .file(RemoteMedia.File(mediaType: type, bytes: try await exchange.collect(limit: limit)))
        } catch let fault as UpstreamFault {
            throw fault
        } catch let error as TransportError where error.code == .cancelled {
            throw UpstreamFault(error)
        } catch let error as TransportError where error.code == .tooLarge {
            throw failure(address, "it is larger than \(Self.maximumBytes >> 20) MiB")
        } catch {
            throw failure(address, "its server cannot be reached or broke off")
        }
    }

    private func request(_ endpoint: UpstreamEndpoint) -> UpstreamRequest {
        var deadlines = UpstreamDeadlines()
        deadlines.total = Self.patience
        deadlines.firstEvent = Self.patience
        var request = UpstreamRequest(
            endpoint: endpoint,
            headers: [("accept", "image/*, application/pdf, text/*, audio/*, video/*"), ("user-agent", userAgent)],
            body: ByteBuffer(), deadlines: deadlines,
            target: Target(
                provider: ProviderID(""), connection: nil, model: "", format: .openAIChat, endpoint: endpoint,
                headers: [], capabilities: ModelCapabilities(), isNative: false))
        request.method = "GET"
        request.addresses = allowsPrivate ? .configured : .publicOnly
        return request
    }

    private func failure(_ address: String, _ reason: String) -> UpstreamFault {
        UpstreamFault(
            .invalidRequest, message: "the file at \(address.prefix(300)) cannot be fetched: \(reason)",
            code: "file_not_fetched", parameter: "messages")
    }
}

extension UpstreamEndpoint {
    /// Scheme, host and port, as a URL begins.
    fileprivate var site: String { "\(scheme.rawValue)://\(authority)" }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring {
        let start = drop { $0 == " " }
        return start.lastIndex { $0 != " " }.map { start[...$0] } ?? ""
    }
}
