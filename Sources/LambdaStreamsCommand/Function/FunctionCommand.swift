// The function on the command line, after --, so that its arguments are not parsed as options.

enum FunctionCommand {
    static let help =
        "The function's executable and its arguments, behind --, as in: -- .build/debug/MyFunction. "
        + "A name without a slash is looked up along PATH."
}
