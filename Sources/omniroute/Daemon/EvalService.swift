import OmniCore
import ServiceLifecycle

/// Carries out evals that wait, one behind the other.
///
/// At the shutdown those under way are ended as interrupted, with what they found so far.
struct EvalService: NamedService {
    static let name = "evals"
    let runs: EvalRuns

    func run() async throws {
        await withGracefulShutdownHandler {
            await runs.run()
        } onGracefulShutdown: {
            runs.stop()
        }
    }
}
