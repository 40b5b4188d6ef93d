// The files of a new package. Each is a template in the folder Project, which is embedded in the executable.

import Mustache

struct ProjectFiles {
    struct File {
        let path: String
        let text: String
    }

    let files: [File]

    init(name: String, dependency: ProjectDependency) throws {
        let values = [
            "name": name, "dependency": dependency.declaration, "package": dependency.identity, "link": dependency.link,
        ]
        files = try Self.templates.map { template in
            let text = String(decoding: template.bytes, as: UTF8.self)
            return File(
                path: template.path.replacing("NAME", with: name),
                text: template.isMustache ? try MustacheTemplate(string: text).render(values) : text
            )
        }
    }

    /// Where each template goes. NAME is the package's name.
    private static let templates: [(path: String, bytes: [UInt8], isMustache: Bool)] = [
        ("Package.swift", PackageResources.Package_swift_mustache, true),
        ("Sources/NAME/Function.swift", PackageResources.Function_swift_mustache, true),
        ("Tests/NAMETests/FunctionTests.swift", PackageResources.FunctionTests_swift_mustache, true),
        ("Tests/NAMETests/Fixtures/orders.json", PackageResources.orders_json, false),
        ("template.yaml", PackageResources.template_yaml_mustache, true),
        ("Makefile", PackageResources.Makefile_mustache, true),
        ("README.md", PackageResources.README_md_mustache, true),
        (".gitignore", PackageResources.gitignore, false),
        (".github/workflows/ci.yml", PackageResources.ci_yml, false),
    ]
}
