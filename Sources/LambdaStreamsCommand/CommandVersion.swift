// What `lambda-streams --version` prints.

enum CommandVersion {
    /// Changed with each release.
    static let text = "0.1.0"
}
