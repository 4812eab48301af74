public import OmniCore
import OmniJSON

extension ProviderCatalog {
    /// Reads what is known of OAuth providers: an object of registrations by id, without clients.
    ///
    /// - Throws: ``CatalogError`` that names the first thing wrong.
    public static func oauthRegistrations(json: [UInt8]) throws(CatalogError) -> [String: OAuthRegistration] {
        do {
            var registrations: [String: OAuthRegistration] = [:]
            for (id, value) in try JSONFields(JSONValue(parsing: json)).members {
                let fields = try JSONFields(value, path: id)
                if let unknown = fields.unknown(besides: OAuthRegistration.names).first {
                    throw CatalogError("the OAuth providers have an unknown member '\(unknown)'")
                }
                var registration = OAuthRegistration()
                try registration.merge(fields)
                // Whose client it is, is for each person to say.
                guard registration.clientID == nil, registration.clientSecret == nil,
                    OAuthProvider(id: id, registration) != nil
                else { throw CatalogError("the OAuth provider '\(id)' has a client, or no address for tokens") }
                registrations[id] = registration
            }
            return registrations
        } catch let error as CatalogError {
            throw error
        } catch {
            throw CatalogError("the OAuth providers cannot be read: \(error)")
        }
    }
}
