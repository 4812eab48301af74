import HTTPTypes
import OmniCore
import Testing

@testable import OmniHTTP

/// Who may watch `/api/events`; what it tells over time is tested on the real daemon (`test_dashboard_events.py`).
@Suite(.timeLimit(.minutes(5))) struct EventRoutesTests {
    @Test func strangersAreSentAway() async throws {
        try await TestAdmin.run(isLoggedIn: false) { admin async throws in
            #expect(try await admin.call(.get, "/api/events").status == 401)
        }
    }

    @Test func aClosedFeedRefuses() async throws {
        try await TestAdmin.run { admin async throws in
            admin.feed.close()
            let refused = try await admin.call(.get, "/api/events")
            #expect(refused.status == 503)
            #expect(try refused.errorCode == "too_many_watchers")
        }
    }
}
