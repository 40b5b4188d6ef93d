#!/usr/bin/env python3
"""Synthesizes the stack of Documentation/Deployment/stack.py, as `cdk synth` does, and checks the template that comes out.

The CDK runs on Node. Its packages for Python are installed into .build/cdk.
"""

import os
import shutil
import subprocess
import sys
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".build", "cdk")
FOLDER = os.path.join(ROOT, ".build", "cdk-stack")
PACKAGE = "aws-cdk-lib"


def main():
    if not shutil.which("node"):
        sys.exit("cdk: there is no node on the PATH. Install Node.js 22 or newer: https://nodejs.org")
    python = os.path.join(VENV, "bin", "python")
    if not os.path.exists(python) or subprocess.run([python, "-c", "import aws_cdk"], capture_output=True).returncode != 0:
        print(f"cdk: installing {PACKAGE} into {os.path.relpath(VENV, ROOT)}", flush=True)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([os.path.join(VENV, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", PACKAGE],
                       check=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(os.path.join(FOLDER, "build"))
    # The stack reads the archive. Its content makes no difference to the template.
    with zipfile.ZipFile(os.path.join(FOLDER, "build", "OrderProjector.zip"), "w") as archive:
        archive.writestr("bootstrap", "")
    output = os.path.join(FOLDER, "cdk.out")
    environment = dict(os.environ, CDK_OUTDIR=output)
    result = subprocess.run([python, os.path.join(ROOT, "Documentation", "Deployment", "stack.py")], cwd=FOLDER,
                            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode != 0:
        sys.exit(f"cdk: the stack cannot be synthesized:\n{result.stdout}")
    template = os.path.join(output, "Orders.template.json")
    check = subprocess.run([os.path.join(ROOT, ".build", "debug", "lambda-streams"), "check", template])
    if check.returncode != 0:
        sys.exit(f"cdk: `lambda-streams check` has advice for {os.path.relpath(template, ROOT)}")
    print("cdk: the stack is synthesized, and check has no advice for its template")


if __name__ == "__main__":
    main()
