/// How long a recording is, as far as its first bytes say it.
///
/// For upstreams that do not tell; what is not certain is nil.
public enum AudioDuration {
    /// - Parameters:
    ///   - head: the first bytes, some KiB of them.
    ///   - length: of the whole file in bytes.
    /// - Returns: seconds.
    public static func seconds(of format: AudioFormat, head: [UInt8], length: Int) -> Double? {
        let seconds: Double? =
            switch format {
            case .wav: wav(head, length: length)
            case .flac: flac(head)
            case .mp3: mp3(head, length: length)
            case .m4a, .ogg, .webm: nil
            }
        return seconds.flatMap { $0.isFinite && $0 > 0 && $0 < 1e6 ? $0 : nil }
    }

    private static func wav(_ head: [UInt8], length: Int) -> Double? {
        var offset = 12
        var rate: Int?
        while offset + 8 <= head.count {
            let size = little(head, offset + 4, 4)
            let name = head[offset..<(offset + 4)]
            if name.elementsEqual("fmt ".utf8), offset + 20 <= head.count { rate = little(head, offset + 16, 4) }
            if name.elementsEqual("data".utf8) {
                guard let rate, rate > 0 else { return nil }
                // Writers that do not know the size in advance put the largest number or none.
                return Double(min(size == 0 ? length : size, length - offset - 8)) / Double(rate)
            }
            offset += 8 + size + size % 2
        }
        return nil
    }

    private static func flac(_ head: [UInt8]) -> Double? {
        // STREAMINFO comes first: 20 bits of sample rate and 36 of the number of samples, 18 bytes in.
        guard head.count >= 26, head[4] & 0x7F == 0 else { return nil }
        let rate = big(head, 18, 3) >> 4
        let samples = (Int(head[21] & 0x0F) << 32) | big(head, 22, 4)
        return rate > 0 ? Double(samples) / Double(rate) : nil
    }

    /// Only for one bit rate throughout, or with the count of frames that encoders leave in the first frame.
    private static func mp3(_ head: [UInt8], length: Int) -> Double? {
        var start = 0
        if head.starts(with: Array("ID3".utf8)), head.count >= 10 {
            start = 10 + (0..<4).reduce(0) { $0 << 7 | Int(head[6 + $1] & 0x7F) }
        }
        guard start + 4 <= head.count, head[start] == 0xFF, head[start + 1] & 0xE6 == 0xE2 else { return nil }
        let isVersion1 = head[start + 1] & 0x18 == 0x18
        let index = Int(head[start + 2] >> 4)
        let rateIndex = Int(head[start + 2] >> 2 & 3)
        guard (1...14).contains(index), rateIndex < 3 else { return nil }
        let kilobits =
            isVersion1
            ? [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320][index - 1]
            : [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160][index - 1]
        let halvings = isVersion1 ? 0 : head[start + 1] & 0x18 == 0x10 ? 1 : 2
        let sampleRate = [44100, 48000, 32000][rateIndex] >> halvings
        let isMono = head[start + 3] >> 6 == 3
        let information = start + 4 + (isVersion1 ? (isMono ? 17 : 32) : (isMono ? 9 : 17))
        if information + 12 <= head.count {
            let mark = head[information..<(information + 4)]
            if mark.elementsEqual("Xing".utf8) || mark.elementsEqual("Info".utf8) {
                guard head[information + 7] & 1 == 1 else { return nil }
                let samples = big(head, information + 8, 4) * (isVersion1 ? 1152 : 576)
                return Double(samples) / Double(sampleRate)
            }
        }
        return Double(length - start) * 8 / Double(kilobits * 1000)
    }

    private static func little(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[offset + $1]) << (8 * $1) }
    }

    private static func big(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 << 8 | Int(bytes[offset + $1]) }
    }
}
