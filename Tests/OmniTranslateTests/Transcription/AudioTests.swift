import Testing

@testable import OmniTranslate

/// What a file is, and how long, by its first bytes.
@Suite struct AudioTests {
    private static func little(_ value: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private static func big(_ value: Int, _ count: Int) -> [UInt8] { little(value, count).reversed() }

    private static func wav(rate: Int, data: Int, extra: [UInt8] = []) -> [UInt8] {
        Array("RIFF".utf8) + little(36 + data, 4) + Array("WAVE".utf8) + extra + Array("fmt ".utf8) + little(16, 4)
            + little(1, 2) + little(1, 2) + little(rate / 2, 4) + little(rate, 4) + little(2, 2) + little(16, 2)
            + Array("data".utf8) + little(data, 4)
    }

    @Test func waves() {
        let plain = Self.wav(rate: 32_000, data: 48_000)
        #expect(AudioDuration.seconds(of: .wav, head: plain, length: 44 + 48_000) == 1.5)
        let listed = Self.wav(rate: 32_000, data: 48_000, extra: Array("LIST".utf8) + Self.little(3, 4) + [1, 2, 3, 0])
        #expect(AudioDuration.seconds(of: .wav, head: listed, length: listed.count + 48_000) == 1.5)
        // Written while it was recorded: the size is not known, the file's is.
        for unknown in [0, 0xFFFF_FFFF] {
            let head = Self.wav(rate: 32_000, data: unknown)
            #expect(AudioDuration.seconds(of: .wav, head: head, length: 44 + 16_000) == 0.5)
        }
    }

    @Test func flac() {
        let information =
            Self.big(0, 10) + Self.big((44_100 << 12) | (1 << 9) | (15 << 4), 4) + Self.big(44_100 * 2, 4)
        let head = Array("fLaC".utf8) + [0x80, 0, 0, 34] + information
        #expect(AudioDuration.seconds(of: .flac, head: head, length: 99) == 2)
    }

    @Test func mp3() {
        // MPEG 1 layer III, 128 kbit/s, 44.1 kHz, stereo.
        let frame: [UInt8] = [0xFF, 0xFB, 0x90, 0x00]
        let constant = frame + [UInt8](repeating: 0, count: 400)
        #expect(AudioDuration.seconds(of: .mp3, head: constant, length: 32_000) == 2)
        let tagged = Array("ID3".utf8) + [4, 0, 0, 0, 0, 0, 20] + [UInt8](repeating: 0, count: 20) + constant
        #expect(AudioDuration.seconds(of: .mp3, head: tagged, length: 32_030) == 2)
        let counted = frame + [UInt8](repeating: 0, count: 32) + Array("Xing".utf8) + [0, 0, 0, 1] + Self.big(1225, 4)
        #expect(AudioDuration.seconds(of: .mp3, head: counted, length: 32_000) == 1225 * 1152 / 44_100.0)
        let uncounted = frame + [UInt8](repeating: 0, count: 32) + Array("Xing".utf8) + [0, 0, 0, 0] + Self.big(0, 4)
        #expect(AudioDuration.seconds(of: .mp3, head: uncounted, length: 32_000) == nil)
    }

    /// No beginning of a file makes it fail.
    @Test func survivesAnything() {
        let samples = [
            Self.wav(rate: 32_000, data: 48_000), Array("fLaC".utf8) + [0x80] + Self.big(-1, 40),
            [0xFF, 0xFB, 0x90, 0x00] + Self.big(-1, 60), Array("ID3".utf8) + [UInt8](repeating: 0xFF, count: 40),
            Self.wav(rate: 0, data: 4), [UInt8](repeating: 0xFF, count: 64),
        ]
        for sample in samples {
            for count in 0...sample.count {
                for format in AudioFormat.allCases {
                    let seconds = AudioDuration.seconds(of: format, head: Array(sample.prefix(count)), length: count)
                    #expect(seconds.map { $0 > 0 && $0.isFinite } ?? true)
                }
            }
        }
    }

    @Test(
        arguments: [
            ("RIFF\u{0}\u{0}\u{0}\u{0}WAVE", nil, nil, AudioFormat.wav), ("OggS", "a.mp3", "audio/mpeg", .ogg),
            ("????", "a.MP3", nil, .mp3), ("????", "a.mpga", nil, .mp3), ("????", "blob", "audio/x-m4a", .m4a),
            ("????", "a.txt", "text/plain", nil), ("", nil, nil, nil), ("RIFF????AVI ", "a", "video/avi", nil),
        ] as [(String, String?, String?, AudioFormat?)])
    func tellsFormats(head: String, name: String?, type: String?, expected: AudioFormat?) {
        #expect(AudioFormat(head: Array(head.utf8), fileName: name, contentType: type) == expected)
    }

    /// AAC without a container begins nearly as MP3 does.
    @Test func isNotMisledByAAC() {
        #expect(AudioFormat(head: [0xFF, 0xF1, 0x50, 0x80], fileName: nil, contentType: nil) == nil)
    }

    @Test(
        arguments: [
            (nil, "audio.mp3"), ("", "audio.mp3"), ("blob", "blob.mp3"), ("a.txt", "a.txt.mp3"), ("a.mpga", "a.mpga"),
        ] as [(String?, String)])
    func namesFilesByWhatTheyAre(name: String?, expected: String) {
        #expect(AudioFormat.mp3.fileName(given: name) == expected)
    }
}
