import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Logging
import NIOCore
import OmniCore
import OmniJSON
import OmniProviders
import OmniStore
import Synchronization

@testable import OmniHTTP

/// An administrator of a management interface of its own, with a store of real files and a clock that stands still.
struct TestAdmin: Sendable {
    static let password = "correct horse"

    let clock: ManualClock
    let store: DataStore
    /// How often a change was made known to the data plane.
    let publications: PublicationCount
    /// What the interface tells of finished requests.
    let telemetry: Telemetry
    /// What those who watch are told.
    let feed: RequestFeed
    /// The interface itself.
    let management: ManagementAPI
    private let client: any TestClientProtocol
    /// The `cookie` header's value; nil before the login.
    var cookie: String?

    /// Runs an interface for as long as `body` runs.
    static func run(
        password: String? = TestAdmin.password, usesSecureCookies: Bool = false, tester: FixedTester = FixedTester(),
        discovery: (any ModelDiscovery)? = nil, isLoggedIn: Bool = true,
        endDaemon: (@Sendable (DaemonEnd) -> Void)? = nil,
        _ body: @Sendable (inout TestAdmin) async throws -> Void
    ) async throws {
        try await TestStore.open { store in
            var logger = Logger(label: "test")
            logger.logLevel = .critical
            let clock = ManualClock()
            let publications = PublicationCount()
            let routing = RoutingMemory(clock: clock)
            let telemetry = Telemetry()
            let feed = RequestFeed()
            var dependencies = ManagementDependencies(
                store: store.configuration, usage: store.usage, tester: tester, modelTester: FixedModelTester(),
                catalog: .builtIn, clock: clock,
                publish: {
                    publications.increment()
                    routing.adopt(
                        CatalogSnapshot(configuration: try await store.configuration.load(), catalog: .builtIn))
                }, initialPassword: password,
                usesSecureCookies: usesSecureCookies, origins: OriginPolicy(), version: "1.2.3", routing: routing,
                discovery: discovery, telemetry: telemetry, feed: feed, logger: logger)
            dependencies.endDaemon = endDaemon
            let management = ManagementAPI(dependencies: dependencies)
            let application = Application(router: management.router(), logger: logger)
            try await application.test(.router) { client in
                var admin = TestAdmin(
                    clock: clock, store: store, publications: publications, telemetry: telemetry, feed: feed,
                    management: management, client: client)
                if isLoggedIn, let password { try await admin.logIn(password) }
                try await body(&admin)
            }
        }
    }

    private init(
        clock: ManualClock, store: DataStore, publications: PublicationCount, telemetry: Telemetry,
        feed: RequestFeed, management: ManagementAPI, client: any TestClientProtocol
    ) {
        self.clock = clock
        self.store = store
        self.publications = publications
        self.telemetry = telemetry
        self.feed = feed
        self.management = management
        self.client = client
    }

    /// Keeps the cookie for the calls that follow.
    @discardableResult
    mutating func logIn(_ password: String = TestAdmin.password) async throws -> AdminResponse {
        let response = try await call(.post, "/api/auth/login", #"{"password":"\#(password)"}"#)
        if let value = response.headers[.setCookie] { cookie = String(value.prefix { $0 != ";" }) }
        return response
    }

    func call(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil, headers: HTTPFields = HTTPFields()
    ) async throws -> AdminResponse {
        var headers = headers
        if let cookie { headers[.cookie] = cookie }
        let response = try await client.executeRequest(
            uri: path, method: method, headers: headers, body: body.map { ByteBuffer(string: $0) })
        return AdminResponse(
            status: response.status.code, headers: response.headers, text: String(buffer: response.body))
    }
}

/// What a management call answered.
struct AdminResponse: Sendable {
    var status: Int
    var headers: HTTPFields
    var text: String

    /// - Throws: JSONError when the body is not JSON.
    var json: JSONValue {
        get throws { try JSONValue(parsing: Array(text.utf8)) }
    }

    /// The `code` of an error answer.
    var errorCode: String? {
        get throws { try json["error"]?["code"]?.string }
    }

    /// The field an error answer blames.
    var errorField: String? {
        get throws { try json["error"]?["field"]?.string }
    }
}

extension JSONValue {
    /// The names of an object's members.
    var names: Set<String> { Set(members.map(\.name.string)) }

    /// The element of an array at a position.
    func element(_ position: Int) -> JSONValue? { Array(elements).dropFirst(position).first }
}

/// A clock that a test moves.
final class ManualClock: RouterClock {
    private let milliseconds = Atomic<Int64>(1_772_000_000_000)

    func wallMilliseconds() -> Int64 { milliseconds.load(ordering: .relaxed) }
    func monotonicNanoseconds() -> UInt64 { UInt64(wallMilliseconds()) * 1_000_000 }
    func advance(by seconds: Int64) { milliseconds.add(seconds * 1000, ordering: .relaxed) }
}

/// Counts publications of the configuration.
final class PublicationCount: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .relaxed) }
    func increment() { count.add(1, ordering: .relaxed) }
}
