// The compiler's plug-in. Without the trait `Macros` it is an empty program, so that swift-syntax is not needed.

#if Macros
internal import SwiftCompilerPlugin
internal import SwiftSyntaxMacros

@main
struct StreamItemPlugin: CompilerPlugin {
    let providingMacros: [any Macro.Type] = [StreamItemMacro.self, AttributeNameMacro.self]
}
#else
@main
enum NoPlugin {
    static func main() {}
}
#endif
