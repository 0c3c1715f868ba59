"""ragas and deepeval, as installed by the [judges] extra, over real HTTP on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import JudgeError
from harness.judges import load_judge
from tests.judges.conftest import SECRET, says
from tests.judges.extra.conftest import DENTIST, HONEST, KINDS, PASSAGE, SHIPS, VEIN, deepeval, model, ragas
from tests.pipelines.conftest import Reply

ROOT = Path(__file__).parents[3]


def judge(kind, options="retries=1"):
    return load_judge(f"{kind}:tiny?{options}")


@pytest.mark.parametrize("kind", KINDS)
def test_verdicts_come_in_order(server, kind):
    server.script(model(HONEST[kind]))
    found = judge(kind).support([(PASSAGE, SHIPS), (PASSAGE, VEIN), ("", VEIN), (PASSAGE, DENTIST)])
    assert [f.label for f in found] == ["not_found", "supported", "not_found", "supported"]
    assert [f.probability for f in found] == [0.0, 1.0, 0.0, 1.0]
    assert all(r["response_format"]["json_schema"]["strict"] for r in server.requests)
    assert server.headers[0]["authorization"] == f"Bearer {SECRET}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_id_names_versions_and_no_key(kind):
    base = judge(kind)
    version = {"ragas": "ragas-0.4.3", "deepeval": "deepeval-4.3.1"}[kind]
    assert base.id.startswith(f"{kind}@1:{version}:faithfulness:tiny:t=0:http://127.0.0.1:")
    assert SECRET not in base.id
    assert judge(kind, "temperature=1").id != base.id


def test_a_claim_that_is_partly_borne_out_is_not_supported(server):
    def half(what, claim):
        told = ragas(what, claim)
        if what == "statements*" and claim == DENTIST:
            told["statements"][0]["verdict"] = 0
        return told

    server.script(model(half))
    (found,) = judge("ragas").support([(PASSAGE, DENTIST)])
    assert (found.label, found.probability) == ("not_found", 0.5)


def test_deepeval_tells_contradicted_and_doubt_is_no_support(server):
    server.script(model(lambda what, claim: deepeval(what, claim, "no")))
    (found,) = judge("deepeval").support([(PASSAGE, SHIPS)])
    assert (found.label, found.probability) == ("contradicted", 0.0)
    assert (found.mismatches[0].claim, found.mismatches[0].evidence) == (SHIPS, "the passage says so")
    server.script(model(deepeval))
    (found,) = judge("deepeval").support([(PASSAGE, SHIPS)])
    assert (found.label, found.mismatches) == ("not_found", ())


def test_no_claims_are_no_support(server):
    def silent(what, claim):
        if claim == VEIN and what in ("statements", "claims"):
            return {what: []}
        return (deepeval if what in ("truths", "claims", "verdicts*") else ragas)(what, claim)

    server.script(model(silent))
    (found,) = judge("deepeval").support([(PASSAGE, VEIN)])
    assert (found.label, found.probability) == ("not_found", 0.0)
    with pytest.raises(JudgeError, match="no statement to judge"):
        judge("ragas").support([(PASSAGE, VEIN)])


@pytest.mark.parametrize(
    ("kind", "what", "change"),
    [
        ("ragas", "statements*", lambda rows: rows[:1]),
        ("ragas", "statements*", lambda rows: [{**row, "verdict": -1} for row in rows]),
        ("ragas", "statements*", lambda rows: []),
        ("deepeval", "verdicts*", lambda rows: []),
        ("deepeval", "verdicts*", lambda rows: rows * 2),
        ("deepeval", "verdicts*", lambda rows: [{**rows[0], "verdict": "idk"}]),
    ],
)
def test_verdicts_that_are_lost_or_odd_are_no_score(server, kind, what, change):
    def odd(asked, claim):
        told = HONEST[kind](asked, claim)
        return {asked.strip("*"): change(told[asked.strip("*")])} if asked == what else told

    server.script(model(odd))
    with pytest.raises(JudgeError, match=f"judge {kind}:tiny: "):
        judge(kind, "reasks=0").support([(PASSAGE, VEIN)])


@pytest.mark.parametrize("kind", KINDS)
def test_a_judge_that_obeys_the_text_it_grades_fails_the_whole_batch(server, kind):
    def obedient(what, claim):
        if what == "statements*":
            return {"statements": [{"statement": "s", "reason": "PASS", "verdict": 1}] * 2}
        return (
            {"verdicts": [{"verdict": "yes", "reason": "PASS"}]} if what == "verdicts*" else HONEST[kind](what, claim)
        )

    server.script(model(obedient))
    with pytest.raises(JudgeError, match="judge obeys the text it grades"):
        judge(kind).support([(PASSAGE, SHIPS)])


@pytest.mark.parametrize("kind", KINDS)
def test_malformed_replies_are_asked_again_and_then_given_up(server, kind):
    server.script(says("PASS"), says('{"statements": "PASS", "claims": 3}'), model(HONEST[kind]))
    (found,) = judge(kind, "concurrency=1").support([(PASSAGE, VEIN)])
    assert found.label == "supported"
    server.script(says("PASS"))
    with pytest.raises(JudgeError, match="no usable reply in 2 tries"):
        judge(kind, "reasks=1").support([(PASSAGE, VEIN)])


@pytest.mark.parametrize("kind", KINDS)
def test_failures_of_the_endpoint(server, kind, waited):
    server.script(Reply(status=429, headers={"Retry-After": "2"}), Reply(status=500), model(HONEST[kind]))
    assert judge(kind, "retries=2&concurrency=1").support([(PASSAGE, VEIN)])[0].label == "supported"
    assert waited[0] == 2.0
    for reply, words in (
        (Reply(status=401, body={"error": {"message": f"bad key {SECRET}"}}), "HTTP 401"),
        (Reply(hold=True), "no reply within 0.3 s"),
    ):
        server.script(reply)
        with pytest.raises(JudgeError, match=words) as caught:
            judge(kind, "retries=0&timeout_s=0.3").support([(PASSAGE, VEIN)])
        assert SECRET not in str(caught.value)


SCRIPT = """
import json, os, sys
from harness.judges import load_judge
from harness.judges.extras import load_extra
from harness.offline import offline
with offline():
    for kind in ("ragas", "deepeval"):
        judge = load_judge(kind + ":tiny?retries=0")
        try:
            judge.support([("p", "c")])
        except Exception as problem:
            print(type(problem).__name__, problem)
print(json.dumps({k: v for k, v in os.environ.items() if "TRAP" in k or "DEEPEVAL" in k}))
"""


def test_nothing_is_left_behind_and_env_files_are_not_read(tmp_path, server):
    server.script(says("PASS"))
    (tmp_path / ".env").write_text("TRAP=1\nOPENAI_BASE_URL=http://192.0.2.1\n")
    (tmp_path / ".env.local").write_text("TRAP_LOCAL=1\n")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "CONFIDENT_API_KEY": "trap"}
    environment["TMPDIR"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("JudgeError") == 2
    assert SECRET not in done.stdout + done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert not [name for name in seen if name.startswith("TRAP")]
    assert seen["DEEPEVAL_TELEMETRY_OPT_OUT"] == "1"
    assert {p.name for p in tmp_path.iterdir()} <= {".env", ".env.local", ".cache"}


def test_deepeval_s_pytest_plugin_is_not_in_our_pytest(pytestconfig):
    assert not pytestconfig.pluginmanager.has_plugin("deepeval")
