// Rules about the function's deployment: the architecture of its archive, and Lambda Managed Instances.

import Foundation

extension CheckRule {
    static let functionRules = [
        CheckRule(
            "wrong-architecture",
            .error,
            "the archive's bootstrap is built for another architecture than the template's Architectures"
        ) { $0.wrongArchitecture },
        CheckRule(
            several: "capacity-provider",
            .error,
            "the function's CapacityProviderConfig does not go with the rest of it, or is refused"
        ) { $0.capacityProvider },
    ]
}

extension MappingFacts {
    fileprivate var wrongArchitecture: CheckRule.Finding? {
        guard let function, let declared = function.architecture, let code = function.codePath,
            let built = BootstrapArchitecture(of: code, besideTemplate: template.file)?.name, built != declared
        else { return nil }
        return CheckRule.Finding(
            "\(code) is built for \(built), and the function runs on \(declared).",
            because:
                "The bootstrap is native code. Lambda cannot start it: every invocation ends in Runtime.InvalidEntrypoint, "
                + "and every batch fails.",
            fix: "Architectures: [\(built)], or an archive for \(declared)"
        )
    }

    fileprivate var capacityProvider: [CheckRule.Finding] {
        guard let function, let config = function.properties["CapacityProviderConfig"], config.unknown == nil else {
            return []
        }
        var findings: [CheckRule.Finding] = []
        func refuse(_ summary: String, _ reason: String, _ fix: String) {
            findings.append(CheckRule.Finding(summary, because: reason, fix: fix))
        }
        let inner = function.isServerless ? config : config["LambdaManagedInstancesCapacityProviderConfig"] ?? .null
        let arn = function.isServerless ? "Arn" : "CapacityProviderArn"
        let names = [arn, "PerExecutionEnvironmentMaxConcurrency", "ExecutionEnvironmentMemoryGiBPerVCpu"]
        if inner.unknown == nil {
            if inner[arn] == nil {
                refuse(
                    "CapacityProviderConfig has no \(arn).",
                    "#: required key [\(arn)] not found",
                    "\(arn): !GetAtt Provider.Arn"
                )
            }
            for member in inner.members where !names.contains(member.name) {
                let name = member.name
                refuse(
                    "CapacityProviderConfig does not take \(name).",
                    "extraneous key [\(name)] is not permitted",
                    names.joined(separator: ", ")
                )
            }
        }
        for (name, range) in [(names[1], 1.0...1600.0), (names[2], 2.0...8.0)] {
            guard let text = inner[name]?.text, let number = Double(text), !range.contains(number) else { continue }
            refuse(
                "\(name) is \(text).",
                "It takes \(Int(range.lowerBound)) to \(Int(range.upperBound)).",
                "a number in that range"
            )
        }
        if let memory = function.knownMemorySize, memory < 2048 {
            refuse(
                "A function on Lambda Managed Instances needs 2 GB, and this one has \(memory) MB.",
                "The minimum is 2 GB and one vCPU (\"Best practices for Lambda Managed Instances\").",
                "MemorySize: 2048"
            )
        }
        for name in ["ProvisionedConcurrencyConfig", "VpcConfig"] where function.properties[name] != nil {
            refuse(
                "\(name) does not go with CapacityProviderConfig.",
                "The capacity provider decides on instances and network, and SAM refuses both together.",
                "no \(name)"
            )
        }
        return findings
    }
}

extension TemplateFunction {
    /// Lambda's default is x86_64; nil where it is not known.
    var architecture: String? {
        guard let value = properties["Architectures"] else { return "x86_64" }
        return value.oneOrMore.first?.text
    }

    /// The archive or folder that the template names, where it is on this machine.
    var codePath: String? {
        guard properties["PackageType"]?.text != "Image" else { return nil }
        let path = properties[isServerless ? "CodeUri" : "Code"]?.text
        return path.flatMap { $0.isEmpty || $0.contains("://") ? nil : $0 }
    }
}
