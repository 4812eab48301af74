import ArgumentParser
import OmniCore
import OmniHTTP
import OmniStore

/// For people who are locked out but own the machine.
struct ResetPasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-password",
        abstract: "Set a new administrator password and end every session.",
        discussion: "The password is read from standard input.")

    @OptionGroup var options: SettingsOptions

    func run() async throws {
        let store = try await OpenStore.open(options)
        guard let password = SecretPrompt.read("New password (at least 8 characters): "), password.count >= 8 else {
            throw CommandFailure("the password must have at least 8 characters; nothing was changed")
        }
        let configuration = store.store.configuration
        try await configuration.setPasswordHash(try PasswordHash.make(password))
        try await configuration.removeAllSessions()
        try await configuration.setSetupTokenDigest(nil)
        try await store.changed("password.change")
        Console.line("the password is set; every session was ended")
    }
}
