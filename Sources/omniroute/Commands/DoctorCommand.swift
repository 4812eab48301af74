import ArgumentParser
import OmniCore
import OmniJSON

/// Finds out why something does not work.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Check the installation and say what to do.",
        discussion: "Exit status 1 when something is wrong. Calls the upstreams of active connections.")

    @OptionGroup var options: SettingsOptions
    @Flag(help: "Print JSON.") var json = false
    @Flag(help: "Do not call upstreams.") var offline = false

    func run() async throws {
        let settings: DaemonSettings
        do {
            settings = try await options.load()
        } catch {
            throw CommandFailure("\(error)")
        }
        let findings = await Examination(settings: settings, isOffline: offline).findings()
        if json {
            Console.json { writer in
                writer.beginObject()
                writer.key("ok")
                writer.value(!findings.contains { $0.state == .failed })
                writer.key("checks")
                writer.beginArray()
                for finding in findings { finding.write(into: &writer) }
                writer.endArray()
                writer.endObject()
            }
        } else {
            for finding in findings {
                Console.line("\(finding.state.mark) \(finding.check): \(finding.message)")
                if let advice = finding.advice { Console.line("    \(advice)") }
            }
        }
        if findings.contains(where: { $0.state == .failed }) { throw ExitCode.failure }
    }
}

/// What one check found.
struct Finding: Sendable {
    enum State: String, Sendable {
        case passed = "ok"
        case doubtful = "warning"
        case failed

        var mark: String {
            switch self {
            case .passed: "ok     "
            case .doubtful: "warning"
            case .failed: "FAILED "
            }
        }
    }

    var check: String
    var state: State
    var message: String
    /// What to do about it.
    var advice: String?

    func write(into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("check")
        writer.string(check)
        writer.key("state")
        writer.string(state.rawValue)
        writer.key("message")
        writer.string(message)
        if let advice {
            writer.key("advice")
            writer.string(advice)
        }
        writer.endObject()
    }
}
