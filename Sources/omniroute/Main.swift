import ArgumentParser
@main struct Omniroute: ParsableCommand { func run() {} }
