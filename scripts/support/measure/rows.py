"""What is kept of a run: rows.jsonl, a line of JSON for each figure, and machine.json."""
import json
import os


class Rows:
    def __init__(self, folder, machine, version):
        os.makedirs(folder, exist_ok=True)
        self.machine, self.version = machine, version
        self.path = os.path.join(folder, "rows.jsonl")
        with open(os.path.join(folder, "machine.json"), "w") as file:
            json.dump(machine, file, indent=1)
            file.write("\n")
        with open(self.path, "w"):
            pass

    def add(self, suite, case, subject, unit, value, ratio=None, floor=None, null=None, found=None):
        """value, ratio and null are intervals; floor names what the ratio is to."""
        def end(of, name):
            return round(getattr(of, name), 6) if of is not None else None

        row = {"suite": suite, "case": case, "subject": subject, "version": self.version, "unit": unit,
               "value": value.median, "low": value.low, "high": value.high, "slices": value.slices,
               "ratio": end(ratio, "median"), "ratio_low": end(ratio, "low"), "ratio_high": end(ratio, "high"),
               "floor": floor, "null_low": end(null, "low"), "null_high": end(null, "high"),
               "verdict": found, "machine": self.machine["name"]}
        with open(self.path, "a") as file:
            file.write(json.dumps(row).replace("Infinity", "null") + "\n")
