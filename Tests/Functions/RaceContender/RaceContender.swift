// One of the processes that fight over keys: driven by Scripts/races.py.

@main
struct RaceContender {
    static func main() {}
}
