"""Run as `python -m flows.child PARENT ...`: Prefect's own command, ended when its parent ends."""

import runpy
import sys

from flows.parent import end_with

if __name__ == "__main__":
    end_with(int(sys.argv[1]))
    sys.argv = ["prefect", *sys.argv[2:]]
    runpy.run_module("prefect", run_name="__main__", alter_sys=True)
