// The text of `lambda-streams --version`.

enum CommandVersion {
    /// Changed with each release.
    static let text = "0.1.0"
}
