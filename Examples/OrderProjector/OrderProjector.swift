@main struct OrderProjector { static func main() {} }
