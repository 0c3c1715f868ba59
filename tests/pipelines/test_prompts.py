from __future__ import annotations

import pytest

from harness.errors import PipelineError
from harness.pipelines.prompts import load_prompt
from harness.resources import find

GOOD = "---\nname: p\nversion: 2\n---\n# system\nBe kind.\n# user\n{passages}\n{question} {facts}\n"


def test_parts_and_placeholders(tmp_path):
    path = tmp_path / "p.md"
    path.write_text(GOOD)
    prompt = load_prompt(path)
    assert (prompt.name, prompt.version, prompt.system) == ("p", "2", "Be kind.")
    assert prompt.wants_passages
    filled = prompt.fill({"passages": "{question}", "question": "Why {x}?", "facts": "none"})
    assert filled == ("Be kind.", "{question}\nWhy {x}? none")


def test_the_hash_is_of_the_bytes(tmp_path):
    one, two = tmp_path / "1.md", tmp_path / "2.md"
    one.write_text(GOOD)
    two.write_text(GOOD + " ")
    assert load_prompt(one).sha != load_prompt(two).sha


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("# user\nhi", "no front matter"),
        ("---\nname: p\n---\n# user\nhi", "lacks name or version"),
        ("---\n- a\n---\n# user\nhi", "lacks name or version"),
        ("---\na: [\n---\n# user\nhi", "not valid YAML"),
        ("---\nname: p\nversion: 1\n---\nhi", "no '# user' part"),
        ("---\nname: p\nversion: 1\n---\n# user\n{pasages}", "unknown placeholder {pasages}"),
        ("x" * 200_000, "more than"),
        (b"\xff\xfe", "not UTF-8"),
    ],
)
def test_broken_files_are_refused(tmp_path, content, complaint):
    path = tmp_path / "p.md"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(PipelineError) as caught:
        load_prompt(path)
    assert complaint in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("name", ["grounded", "plain", "body"])
def test_the_shipped_prompts_load(name):
    prompt = load_prompt(find(f"evals/prompts/{name}.md"))
    assert prompt.name == name
    assert prompt.wants_passages == (name != "plain")
