import HTTPTypes
import Testing

@testable import OmniHTTP

/// How the dashboard's page and files are served.
@Suite(.timeLimit(.minutes(5))) struct DashboardSiteTests {
    private var asset: String { "/dashboard/assets/\(DashboardAssets.embedded.fingerprint)/app.js" }

    @Test(arguments: ["/dashboard", "/dashboard/keys", "/dashboard/requests/req_1", "/login"])
    func everyAddressGetsThePageWithoutLogin(path: String) async throws {
        try await TestAdmin.run(isLoggedIn: false) { admin async throws in
            let page = try await admin.call(.get, path)
            #expect(page.status == 200)
            #expect(page.headers[.contentType] == "text/html; charset=utf-8")
            #expect(page.text.contains(asset) && !page.text.contains("{{"))
            #expect(page.headers[.cacheControl] == "no-cache")
        }
    }

    @Test func thePageForbidsWhatIsNotItsOwn() async throws {
        try await TestAdmin.run { admin async throws in
            let policy = try #require(try await admin.call(.get, "/dashboard").headers[.contentSecurityPolicy])
            #expect(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"))
            #expect(!policy.contains("unsafe") && !policy.contains("http"))
        }
    }

    @Test func anUnchangedPageIsNotSentAgain() async throws {
        try await TestAdmin.run { admin async throws in
            let tag = try #require(try await admin.call(.get, "/dashboard").headers[.eTag])
            let again = try await admin.call(.get, "/dashboard", headers: [.ifNoneMatch: tag])
            #expect(again.status == 304 && again.text.isEmpty)
        }
    }

    @Test func filesAreKeptForEverAndCompressed() async throws {
        try await TestAdmin.run { admin async throws in
            let plain = try await admin.call(.get, asset)
            #expect(plain.status == 200 && plain.headers[.contentEncoding] == nil)
            #expect(plain.headers[.cacheControl]?.contains("immutable") == true)
            #expect(plain.headers[.contentType] == "text/javascript; charset=utf-8")
            let packed = try await admin.call(.get, asset, headers: [.acceptEncoding: "br;q=1, gzip;q=0.8"])
            #expect(packed.headers[.contentEncoding] == "gzip")
            let refused = try await admin.call(.get, asset, headers: [.acceptEncoding: "gzip;q=0"])
            #expect(refused.headers[.contentEncoding] == nil && refused.text == plain.text)
        }
    }

    @Test(arguments: ["0000000000000000/app.js", "{}/none.js", "{}/../../Package.swift", "{}/index.html"])
    func whatIsNoFileIsNotFound(path: String) async throws {
        let path = path.replacing("{}", with: DashboardAssets.embedded.fingerprint)
        try await TestAdmin.run { admin async throws in
            let missing = try await admin.call(.get, "/dashboard/assets/\(path)")
            #expect(missing.status == 404 && missing.headers[.cacheControl] == "no-store")
        }
    }

    @Test func theRootLeadsPeopleThere() async throws {
        try await TestAdmin.run(isLoggedIn: false) { admin async throws in
            let person = try await admin.call(.get, "/", headers: [.accept: "text/html,*/*"])
            #expect(person.status == 302 && person.headers[.location] == "/dashboard")
            #expect(try await admin.call(.get, "/").status == 404)
        }
    }

    @Test func aHeadHasNoBody() async throws {
        try await TestAdmin.run { admin async throws in
            let head = try await admin.call(.head, "/dashboard")
            #expect(head.status == 200 && head.text.isEmpty)
        }
    }

    /// What one visit loads is bounded in `test_dashboard_paint.py`; this is all pages together, which are in the binary.
    @Test func allPagesTogetherAreSmall() throws {
        let compressed = DashboardFile.embedded.reduce(0) { $0 + $1.compressed.utf8.count * 3 / 4 }
        #expect(compressed < 250_000)
        #expect(DashboardFile.embedded.allSatisfy { !$0.plain.isEmpty })
    }
}
