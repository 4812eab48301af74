import OmniJSON
import Synchronization

/// Logins on another device (RFC 8628).
extension OAuthAccounts {
    /// What a person must be shown.
    public struct DeviceAuthorization: Sendable {
        /// Stands for the login in ``poll(_:handle:)``.
        public var handle: String
        public var userCode: String
        public var verificationURI: String
        public var verificationURIComplete: String?
        /// Seconds.
        public var lifetime: Int64
        public var interval: Int64
    }

    /// What a poll brought.
    public enum DevicePoll: Sendable {
        /// - `error`: `authorization_pending` or `slow_down`.
        /// - `interval`: seconds until the next poll is worth while.
        case pending(error: String, interval: Int64)
        case done(Connection)
    }

    /// Begins a login on another device.
    public func startDevice(_ id: String, purpose: LoginPurpose) async throws(OAuthFault) -> DeviceAuthorization {
        let provider = try provider(id, in: await load(), for: purpose.connection)
        guard let url = provider.deviceURL else {
            throw OAuthFault(.notConfigured, "the OAuth provider '\(id)' has no address for device codes")
        }
        let (handle, proof) = state.withLock { state in
            (ProofKey.nonce(using: &state.random), ProofKey(using: &state.random))
        }
        var form: [(name: String, value: String)] = []
        if !provider.scopes.isEmpty { form.append(("scope", provider.scopes.joined(separator: " "))) }
        if provider.usesPKCE {
            form.append(("code_challenge", proof.challenge))
            form.append(("code_challenge_method", "S256"))
        }
        let answer = try await server.post(form, to: url, as: provider)
        let (authorization, deviceCode) = try Self.authorization(answer, handle: handle)
        let now = clock.wallMilliseconds()
        state.withLock {
            $0.devices.begin(
                .init(
                    provider: id, deviceCode: deviceCode, proof: provider.usesPKCE ? proof : nil, purpose: purpose,
                    interval: authorization.interval * 1000, expiresAt: now + authorization.lifetime * 1000,
                    nextPoll: now + authorization.interval * 1000), handle: handle, at: now)
        }
        return authorization
    }

    private static func authorization(
        _ answer: TokenServer.Answer, handle: String
    ) throws(OAuthFault) -> (DeviceAuthorization, deviceCode: String) {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: answer.body)
        } catch {
            throw OAuthFault(.unavailable, "the OAuth server answered with status \(answer.status)")
        }
        if let error = value.present("error")?.string {
            let reason = value.present("error_description")?.string ?? error
            throw OAuthFault(
                .refused, "the OAuth server refused: \(TokenAnswer.shown(reason))", error: TokenAnswer.shown(error))
        }
        // Early servers wrote `verification_url`.
        let uri = value.present("verification_uri")?.string ?? value.present("verification_url")?.string
        guard (200..<300).contains(answer.status), let code = value.present("device_code")?.string,
            let userCode = value.present("user_code")?.string, let uri, UpstreamEndpoint(url: uri) != nil
        else { throw OAuthFault(.malformed, "the OAuth server's answer holds no device code") }
        let complete = value.present("verification_uri_complete")?.string
        return (
            DeviceAuthorization(
                handle: handle, userCode: TokenAnswer.shown(userCode), verificationURI: uri,
                verificationURIComplete: complete.flatMap { UpstreamEndpoint(url: $0) == nil ? nil : $0 },
                lifetime: Int64(min(max(value.present("expires_in")?.int ?? 600, 1), 86_400)),
                interval: Int64(min(max(value.present("interval")?.int ?? 5, 1), 300))), code
        )
    }

    /// Asks whether the person has agreed on the other device, at most as often as the server wants it.
    public func poll(_ id: String, handle: String) async throws(OAuthFault) -> DevicePoll {
        let now = clock.wallMilliseconds()
        let login: DeviceLogins.Login
        switch state.withLock({ $0.devices.poll(handle, provider: id, at: now) }) {
        case .unknown: throw OAuthFault(.unknownLogin, "no login under way has this device code; begin again")
        case .expired: throw OAuthFault(.denied, "the device code is too old; begin again", error: "expired_token")
        case .wait(let interval):
            return .pending(error: "authorization_pending", interval: Self.seconds(interval))
        case .ask(let next): login = next
        }
        let answer: TokenAnswer
        let provider: OAuthProvider
        do throws(OAuthFault) {
            provider = try self.provider(id, in: try await load(), for: login.purpose.connection)
            var form: [(name: String, value: String)] = [
                ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"), ("device_code", login.deviceCode),
            ]
            if let proof = login.proof { form.append(("code_verifier", proof.verifier)) }
            answer = try await server.tokens(from: provider, form)
        } catch {
            let now = clock.wallMilliseconds()
            state.withLock { _ = $0.devices.failed(handle, at: now) }
            throw error
        }
        let heardAt = clock.wallMilliseconds()
        switch answer {
        case .refused(let error, _) where error == "authorization_pending" || error == "slow_down":
            let interval = state.withLock {
                $0.devices.pending(handle, slowsDown: error == "slow_down", at: heardAt)
            }
            return .pending(error: error, interval: Self.seconds(interval))
        case .failed(let status) where status >= 500 || status == 429:
            state.withLock { _ = $0.devices.failed(handle, at: heardAt) }
            throw OAuthFault(.unavailable, "the OAuth server answered with status \(status)")
        case .granted, .refused, .failed:
            state.withLock { $0.devices.end(handle) }
            return .done(try await keep(answer, from: provider, for: login.purpose))
        }
    }

    private static func seconds(_ milliseconds: Int64) -> Int64 { max((milliseconds + 999) / 1000, 1) }
}
