//! .NET packages: dependency files of applications and frameworks.

use freehold::facts::model::{Facts, GapKind, PackageType, Topic};
use serde_json::{Value, json};

use super::{gaps, package, read, unowned};
use crate::support::databases::{Installed, debian};
use crate::support::image_builder::json_bytes;
use crate::support::layer::Layer;

const FILE: &str = "app/Shop.deps.json";

fn packages(facts: &Facts) -> Vec<String> {
    let dotnet = facts
        .packages
        .iter()
        .filter(|package| package.package_type == PackageType::Nuget);
    dotnet
        .map(|package| format!("{}@{}", package.name, package.version))
        .collect()
}

fn with(document: &Value) -> Layer {
    Layer::new().file(FILE, json_bytes(document))
}

fn shop() -> Value {
    json!({
        "runtimeTarget": {"name": ".NETCoreApp,Version=v8.0/linux-x64", "signature": ""},
        "compilationOptions": {},
        "targets": {
            ".NETCoreApp,Version=v8.0": {},
            ".NETCoreApp,Version=v8.0/linux-x64": {
                "Shop/1.0.0": {"dependencies": {"Newtonsoft.Json": "13.0.3"}, "runtime": {"Shop.dll": {}}},
                "Newtonsoft.Json/13.0.3": {
                    "runtime": {"lib/net6.0/Newtonsoft.Json.dll": {"assemblyVersion": "13.0.0.0"}},
                },
                "Humanizer.Core.de/2.14.1": {
                    "resources": {"lib/net6.0/de/Humanizer.resources.dll": {"locale": "de"}},
                },
                "SkiaSharp.NativeAssets.Linux/2.88.6": {
                    "runtimeTargets": {"runtimes/linux-x64/native/libSkiaSharp.so": {"rid": "linux-x64", "assetType": "native"}},
                },
                "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.0": {
                    "runtime": {"System.Runtime.dll": {}},
                    "native": {"libcoreclr.so": {"fileVersion": "0.0.0.0"}},
                },
            },
        },
        "libraries": {
            "Shop/1.0.0": {"type": "project", "serviceable": false, "sha512": ""},
            "Newtonsoft.Json/13.0.3": {"type": "package", "serviceable": true, "sha512": "sha512-x", "path": "newtonsoft.json/13.0.3"},
            "Humanizer.Core.de/2.14.1": {"type": "package"},
            "SkiaSharp.NativeAssets.Linux/2.88.6": {"type": "package"},
            "runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.0": {"type": "runtimepack"},
            "Legacy/1.0.0.0": {"type": "reference"},
        },
    })
}

#[test]
fn libraries_of_an_application_own_the_files_they_brought() {
    let facts = read([with(&shop())
        .file("app/Shop.dll", "x")
        .file("app/Newtonsoft.Json.dll", "x")
        .file("app/de/Humanizer.resources.dll", "x")
        .file("app/runtimes/linux-x64/native/libSkiaSharp.so", "x")
        .file("app/System.Runtime.dll", "x")
        .file("app/libcoreclr.so", "x")
        .with_parents()]);
    assert_eq!(
        packages(&facts),
        [
            "Humanizer.Core.de@2.14.1",
            "Microsoft.NETCore.App.Runtime.linux-x64@8.0.0",
            "Newtonsoft.Json@13.0.3",
            "SkiaSharp.NativeAssets.Linux@2.88.6",
        ]
    );
    let json = package(&facts, "Newtonsoft.Json");
    let purl = "pkg:nuget/Newtonsoft.Json@13.0.3";
    assert_eq!(json.purl.as_deref(), Some(purl));
    assert_eq!(
        unowned(&facts),
        [format!("/{FILE}"), "/app/Shop.dll".to_owned()]
    );
}

#[test]
fn a_shared_framework_is_one_package_with_its_file() {
    let document = json!({
        "targets": {"a": {"Microsoft.NETCore.App.Runtime.linux-x64/8.0.0": {"native": {"libclrjit.so": {}}}}},
        "libraries": {"Microsoft.NETCore.App.Runtime.linux-x64/8.0.0": {"type": "package"}},
    });
    let place = "usr/share/dotnet/shared/Microsoft.NETCore.App/8.0.0";
    let file = format!("{place}/Microsoft.NETCore.App.deps.json");
    let text = [b"\xef\xbb\xbf".to_vec(), json_bytes(&document)].concat();
    let layer = Layer::new().file(&file, text.clone());
    let facts = read([layer
        .file(&format!("{place}/libclrjit.so"), "x")
        .with_parents()]);
    assert_eq!(packages(&facts).len(), 1);
    assert_eq!(facts.ownership.files.language, 2);
    let packaged = Installed::new("dotnet-runtime-8.0", "8.0.0").file(&file, text);
    let facts = read([debian(&[packaged])]);
    let owner = facts
        .packages
        .iter()
        .find_map(|package| package.owner.as_deref());
    assert_eq!(owner, Some("dotnet-runtime-8.0"));
}

#[test]
fn paths_never_lead_out_of_the_directory() {
    let path = "../../etc/passwd";
    let document = json!({
        "targets": {"a": {"A/1": {
            "runtime": {path: {}}, "native": {"x/..": {}}, "runtimeTargets": {path: {}, "/etc/passwd": {}},
            "resources": {"a/passwd": {"locale": "../etc"}},
        }}},
        "libraries": {"A/1": {"type": "package"}, "B/1": {"type": "project"}},
    });
    let facts = read([with(&document).file("etc/passwd", "").with_parents()]);
    assert_eq!(packages(&facts), ["A@1"]);
    assert_eq!(facts.ownership.files.language, 0);
}

#[test]
fn files_that_are_no_such_list_are_gaps() {
    let deep = format!("{}{}", "{\"a\":".repeat(50_000), "}".repeat(50_000));
    let texts = [
        "",
        "{}",
        "[]",
        "{\"libraries\": []}",
        "{\"libraries\": {\"A/1\": 7}}",
        &deep,
        "{\"libraries\": {\"A\": {\"type\": \"package\"}}}",
        "{\"libraries\": {\"/1\": {\"type\": \"package\"}}}",
        "{\"libraries\": {\"A/\": {\"type\": \"package\"}}}",
        "{\"libraries\": {\"A/1\": {\"type\": \"package\"}}, \"targets\": 7}",
    ];
    for text in texts {
        let facts = read([Layer::new().file(FILE, text).with_parents()]);
        assert!(packages(&facts).is_empty(), "{text:.60}");
        let path = format!("/{FILE}");
        let gap = (
            Topic::LanguagePackages,
            Some(path.as_str()),
            GapKind::Corrupt,
        );
        assert_eq!(gaps(&facts), [gap], "{text:.60}");
    }
    let huge = format!(
        "{{\"libraries\": {{}}, \"x\": \"{}\"}}",
        "x".repeat(5 << 20)
    );
    let facts = read([Layer::new().file(FILE, huge).with_parents()]);
    assert_eq!(gaps(&facts)[0].2, GapKind::Limit);
}
