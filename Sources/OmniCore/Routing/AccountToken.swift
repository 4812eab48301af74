/// The access token in a target's headers, which may be renewed while a request is under way.
///
/// A class, because targets are many and few have one.
public final class AccountToken: Sendable {
    let token: String
    /// What stands before it in its header.
    let prefix: String
    /// The header's place among the target's.
    let header: Int

    init(_ token: String, prefix: String, header: Int) {
        self.token = token
        self.prefix = prefix
        self.header = header
    }
}

extension Target {
    /// The same target, called with another access token.
    func renewed(with token: String) -> Target {
        guard let old = self.token else { return self }
        var target = self
        target.headers[old.header].value = old.prefix + token
        target.token = AccountToken(token, prefix: old.prefix, header: old.header)
        return target
    }
}
