"""Team files that people write by mistake, and what they are told: where, what, what to do."""

from __future__ import annotations

# Each row: name, team file, problems in the order of the file; a warning begins with "warning: ".
# `${S}` is "SECRET value" and `${T}` is "secret-target" in the environment.
BROKEN: list[tuple[str, str, list[str]]] = [
    (
        "top-level typo",
        "team: t\nagnets: {a: {instructions: x}}\nagents: {a: {instructions: x}}\n",
        [
            "agents.yaml:2:1 agnets: unknown key. Did you mean 'agents'?",
        ],
    ),
    (
        "agent typo",
        "team: t\nagents:\n  front:\n    instructions: x\n    handofs: [b]\n",
        [
            "agents.yaml:5:5 agents.front.handofs: unknown key. Did you mean 'handoffs'?",
        ],
    ),
    (
        "later keys",
        "team: t\nrules: []\nmcp_servers: {}\ntests: []\nagents:\n  a: {instructions: x, consult: [b]}\n",
        [
            "agents.yaml:2:1 rules: unknown key. Known: agents, anywhere, defaults, language, limits, "
            "providers, start, team, variables.",
            "agents.yaml:3:1 mcp_servers: unknown key. Known: agents, anywhere, defaults, language, limits, "
            "providers, start, team, variables.",
            "agents.yaml:4:1 tests: unknown key. Known: agents, anywhere, defaults, language, limits, "
            "providers, start, team, variables.",
            "agents.yaml:6:24 agents.a.consult: unknown key. Known: answers, description, greeting, "
            "handoffs, instructions, max_output_tokens, model, noise_reduction, reasoning, speed, "
            "tool_choice, tools, transcription, turn_detection, voice, warm.",
        ],
    ),
    (
        "later edge keys",
        "team: t\n"
        "agents:\n"
        "  a:\n"
        "    instructions: x\n"
        "    handoffs:\n"
        "      b: {needs: [v], bridge: hi, returns: true}\n"
        "  b: {instructions: y, handoffs: [a]}\n",
        [
            "agents.yaml:6:11 agents.a.handoffs.b.needs: unknown key. Known: args, context, examples, opening, when.",
            "agents.yaml:6:23 agents.a.handoffs.b.bridge: unknown key. Known: args, context, examples, opening, when.",
            "agents.yaml:6:35 agents.a.handoffs.b.returns: unknown key. Known: args, context, examples, opening, when.",
        ],
    ),
    (
        "duplicate",
        "team: t\nagents:\n  a:\n    instructions: x\n    voice: marin\n    voice: cedar\n",
        [
            "agents.yaml:6:5 agents.a.voice: the key stands twice, first in line 5. Keep one of them.",
        ],
    ),
    (
        "tab",
        "team: t\nagents:\n\ta: 1\n",
        [
            "agents.yaml:3:1: cannot be read as YAML: found character 'a tab' that cannot start any token. "
            "Check the indentation (spaces, no tabs), the colons and the quotes around this place.",
        ],
    ),
    (
        "indent",
        "team: t\nagents:\n  a:\n    instructions: x\n   voice: y\n",
        [
            "agents.yaml:5:4: cannot be read as YAML: expected <block end>, but found '<block mapping "
            "start>'. Check the indentation (spaces, no tabs), the colons and the quotes around this place.",
        ],
    ),
    (
        "quote",
        'team: "t\nagents: {}\n',
        [
            "agents.yaml:3:1: cannot be read as YAML: found unexpected end of stream. Check the indentation "
            "(spaces, no tabs), the colons and the quotes around this place.",
        ],
    ),
    (
        "empty",
        "",
        [
            "agents.yaml:1:1: a team file is a mapping of keys to values. Begin with `team: name` and `agents:`.",
        ],
    ),
    (
        "list",
        "- a\n- b\n",
        [
            "agents.yaml:1:1: a team file is a mapping of keys to values. Begin with `team: name` and `agents:`.",
        ],
    ),
    (
        "no instructions",
        "team: t\nagents:\n  a: {voice: marin}\n",
        [
            "agents.yaml:3:3 agents.a: the key 'instructions' is missing. Add it.",
        ],
    ),
    (
        "empty agent",
        "team: t\nagents:\n  a:\n",
        [
            "agents.yaml:3:3 agents.a: the key 'instructions' is missing. Add it.",
        ],
    ),
    (
        "agent is text",
        "team: t\nagents:\n  a: hello\n",
        [
            "agents.yaml:3:3 agents.a: must be a mapping of keys to values. Indent its keys below it.",
        ],
    ),
    (
        "agents is a list",
        "team: t\nagents: [a, b]\n",
        [
            "agents.yaml:2:1 agents: must be a mapping of keys to values. Indent its keys below it.",
        ],
    ),
    (
        "no agents",
        "team: t\n",
        [
            "agents.yaml:1:1: the key 'agents' is missing. Add it.",
        ],
    ),
    (
        "agents empty",
        "team: t\nagents: {}\n",
        [
            "agents.yaml:2:1 agents: must not be empty.",
        ],
    ),
    (
        "no team",
        "agents: {a: {instructions: x}}\n",
        [
            "agents.yaml:1:1: the key 'team' is missing. Add it.",
        ],
    ),
    (
        "bad file",
        "team: t\nagents:\n  a:\n    instructions: {file: nowhere.md}\n",
        [
            "agents.yaml:4:20 agents.a.instructions.file: cannot be read: No such file or directory. Paths "
            "are relative to the team file.",
        ],
    ),
    (
        "bad file form",
        "team: t\nagents:\n  a:\n    instructions: {fil: nowhere.md}\n",
        [
            "agents.yaml:4:5 agents.a.instructions: instructions are text, or {file: path}. Write "
            "`instructions: {file: agents/front.md}`.",
        ],
    ),
    (
        "voice number",
        "team: t\nagents: {a: {instructions: x, voice: 5}}\n",
        [
            "agents.yaml:2:31 agents.a.voice: must be a valid string.",
        ],
    ),
    (
        "speed",
        "team: t\nagents: {a: {instructions: x, speed: 3}}\n",
        [
            "agents.yaml:2:31 agents.a.speed: must be less than or equal to 1.5.",
        ],
    ),
    (
        "tokens",
        "team: t\nagents: {a: {instructions: x, max_output_tokens: many}}\n",
        [
            "agents.yaml:2:31 agents.a.max_output_tokens: must be a valid integer.",
        ],
    ),
    (
        "vad type",
        "team: t\nagents: {a: {instructions: x, turn_detection: {type: server}}}\n",
        [
            "agents.yaml:2:31 agents.a.turn_detection: must be one of 'server_vad', 'semantic_vad'.",
        ],
    ),
    (
        "vad no type",
        "team: t\nagents: {a: {instructions: x, turn_detection: {threshold: 1}}}\n",
        [
            "agents.yaml:2:31 agents.a.turn_detection: the key 'type' is missing. Write type: server_vad or "
            "type: semantic_vad, or null to switch turn detection off.",
        ],
    ),
    (
        "vad key",
        "team: t\nagents: {a: {instructions: x, turn_detection: {type: server_vad, treshold: 0.5}}}\n",
        [
            "agents.yaml:2:66 agents.a.turn_detection.treshold: unknown key. Did you mean 'threshold'?",
        ],
    ),
    (
        "model",
        "team: t\nagents: {a: {instructions: x, model: 'gpt 4/'}}\n",
        [
            "agents.yaml:2:31 agents.a.model: not of the form that is needed here. Write provider/model, "
            "for example openai/gpt-realtime-2.1 or local.",
        ],
    ),
    (
        "provider",
        "team: t\nagents: {a: {instructions: x, model: opnai/gpt-realtime}}\n",
        [
            "agents.yaml:2:31 agents.a.model: there is no such provider. Use openai, azure or local, or "
            "declare it under `providers:` with a url.",
        ],
    ),
    (
        "own provider",
        "team: t\nproviders: {mine: {api_key: x}}\nagents: {a: {instructions: x}}\n",
        [
            "agents.yaml:2:13 providers.mine: a provider of your own needs a url. Add `url: wss://host/v1/realtime`.",
        ],
    ),
    (
        "brain elsewhere",
        "team: t\nproviders: {openai: {brain: {url: x}}}\nagents: {a: {instructions: x}}\n",
        [
            "agents.yaml:2:13 providers.openai: brain, stt and tts are parts of the provider `local`. Move them there.",
        ],
    ),
    (
        "warm",
        "team: t\nagents: {a: {instructions: x, warm: always}}\n",
        [
            "agents.yaml:2:31 agents.a.warm: must be one of 'none', 'next' or 'all'.",
        ],
    ),
    (
        "limits",
        "team: t\nlimits: {call: -1, silense: 3}\nagents: {a: {instructions: x}}\n",
        [
            "agents.yaml:2:10 limits.call: must be greater than 0.",
            "agents.yaml:2:20 limits.silense: unknown key. Did you mean 'silence'?",
        ],
    ),
    (
        "unknown target",
        "team: t\n"
        "agents:\n"
        "  front: {instructions: x, handoffs: [billng]}\n"
        "  billing: {instructions: y, handoffs: [front]}\n",
        [
            "agents.yaml:3:39 agents.front.handoffs.0: there is no agent 'billng'. Did you mean 'billing'?",
        ],
    ),
    (
        "unknown target map",
        "team: t\n"
        "agents:\n"
        "  front:\n"
        "    instructions: x\n"
        "    handoffs:\n"
        "      billng: bills\n"
        "  billing: {instructions: y, handoffs: [front]}\n",
        [
            "agents.yaml:6:7 agents.front.handoffs.billng: there is no agent 'billng'. Did you mean 'billing'?",
        ],
    ),
    (
        "self",
        "team: t\nagents: {a: {instructions: x, handoffs: [a]}}\n",
        [
            "agents.yaml:2:42 agents.a.handoffs.0: an agent cannot hand over to itself. Remove this handoff.",
        ],
    ),
    (
        "twice",
        "team: t\n"
        "agents:\n"
        "  a:\n"
        "    instructions: x\n"
        "    handoffs: [b, {b: again}]\n"
        "  b: {instructions: y, handoffs: [a]}\n",
        [
            "agents.yaml:5:19 agents.a.handoffs.1: a second handoff to 'b'. Keep one of them.",
        ],
    ),
    (
        "start",
        "team: t\nstart: frnt\nagents: {front: {instructions: x}}\n",
        [
            "agents.yaml:2:1 start: there is no agent of this name. Did you mean 'front'?",
        ],
    ),
    (
        "unreachable",
        "team: t\nagents:\n  a: {instructions: x}\n  b: {instructions: y, handoffs: [a]}\n",
        [
            "warning: agents.yaml:3:3 agents.a: 'a' has no way on or back: callers stay there. Add a "
            "handoff, for example to 'b', unless calls end here.",
            "agents.yaml:4:3 agents.b: no caller can ever reach 'b' from 'a'. Add a handoff to 'b' "
            "somewhere, or remove the agent.",
        ],
    ),
    (
        "variable",
        "team: t\nvariables: {customer: null}\nagents: {a: {instructions: 'Hi {{ variables.custmer }}'}}\n",
        [
            "agents.yaml:3:14 agents.a.instructions: the instructions mention an unknown variable "
            "'custmer'. Did you mean 'customer'? Otherwise declare it: `variables: {custmer: null}`.",
        ],
    ),
    (
        "variable none",
        "team: t\nagents: {a: {instructions: 'Hi {{ variables.x }}'}}\n",
        [
            "agents.yaml:2:14 agents.a.instructions: the instructions mention an unknown variable 'x'. "
            "Declare it: `variables: {x: null}`.",
        ],
    ),
    (
        "variable map",
        "team: t\nvariables: {x: {type: string}}\nagents: {a: {instructions: x}}\n",
        [
            "agents.yaml:2:13 variables.x: must be a valid string.",
        ],
    ),
    (
        "env missing",
        "team: t\nproviders: {openai: {api_key: '${KEY_A}', url: '${URL_B}'}}\nagents: {a: {instructions: x}}\n",
        [
            "agents.yaml:2:22 providers.openai.api_key: not set in the environment: KEY_A, URL_B. Set them, "
            "or write a default: ${NAME:-default}.",
        ],
    ),
    (
        "agent name",
        "team: t\nagents: {Front Desk: {instructions: x}}\n",
        [
            "agents.yaml:2:10 agents.Front Desk: not a name that an agent can have. Use a lower-case "
            "letter, then letters a-z, digits, _ or -, 40 at the most.",
        ],
    ),
    (
        "agent name key",
        "team: t\nagents: {a: {name: b, instructions: x}}\n",
        [
            "agents.yaml:2:14 agents.a.name: unknown key. An agent's name is the key above its keys.",
        ],
    ),
    (
        "defaults typo",
        "team: t\n"
        "defaults: {vioce: marin}\n"
        "agents: {a: {instructions: x, handoffs: [b]}, b: {instructions: y, handoffs: [a]}}\n",
        [
            "agents.yaml:2:12 defaults.vioce: unknown key. Did you mean 'voice'?",
        ],
    ),
    (
        "defaults list",
        "team: t\ndefaults: [x]\nagents: {a: {instructions: x}}\n",
        [
            "agents.yaml:2:1 defaults: must be a mapping of keys to values. Indent its keys below it.",
        ],
    ),
    (
        "tool typo",
        "team: t\nagents: {a: {instructions: x, tools: [{tol: a.py:f}]}}\n",
        [
            "agents.yaml:2:39 agents.a.tools.0: the key 'tool' is missing. Add it.",
            "agents.yaml:2:40 agents.a.tools.0.tol: unknown key. Did you mean 'tool'?",
        ],
    ),
    (
        "tool empty",
        "team: t\nagents: {a: {instructions: x, tools: ['']}}\n",
        [
            "agents.yaml:2:39 agents.a.tools.0: string should have at least 1 character.",
        ],
    ),
    (
        "handoff form",
        "team: t\nagents:\n  a: {instructions: x, handoffs: {b: [1]}}\n  b: {instructions: y, handoffs: [a]}\n",
        [
            "agents.yaml:3:35 agents.a.handoffs.b: must be a valid string.",
        ],
    ),
    (
        "handoffs text",
        "team: t\nagents:\n  a: {instructions: x, handoffs: b}\n  b: {instructions: y, handoffs: [a]}\n",
        [
            "agents.yaml:3:24 agents.a.handoffs: must be a list, or a mapping.",
        ],
    ),
    (
        "one-key mapping",
        "team: t\n"
        "agents:\n"
        "  a: {instructions: x, handoffs: [{b: {contxt: none}}]}\n"
        "  b: {instructions: y, handoffs: [a]}\n",
        [
            "agents.yaml:3:40 agents.a.handoffs.0.b.contxt: unknown key. Did you mean 'context'?",
        ],
    ),
    (
        "context",
        "team: t\n"
        "agents:\n"
        "  a: {instructions: x, handoffs: {b: {context: everything}}}\n"
        "  b: {instructions: y, handoffs: [a]}\n",
        [
            "agents.yaml:3:39 agents.a.handoffs.b.context: must be one of 'spoken', 'all', 'summary' or 'none'.",
        ],
    ),
    (
        "arg type",
        "team: t\n"
        "agents:\n"
        "  a: {instructions: x, handoffs: {b: {args: {sum: money}}}}\n"
        "  b: {instructions: y, handoffs: [a]}\n",
        [
            "agents.yaml:3:46 agents.a.handoffs.b.args.sum: must be one of 'string', 'number', 'integer' or 'boolean'.",
        ],
    ),
    (
        "no way back",
        "team: t\nagents:\n  a: {instructions: x, handoffs: [b]}\n  b: {instructions: y}\n",
        [
            "warning: agents.yaml:4:3 agents.b: 'b' has no way on or back: callers stay there. Add a "
            "handoff, for example to 'a', unless calls end here.",
        ],
    ),
    (
        "near",
        "team: t\n"
        "agents:\n"
        "  a: {instructions: x, handoffs: {b: questions about invoices, c: question about invoices}}\n"
        "  b: {instructions: y, handoffs: [a]}\n"
        "  c: {instructions: y, handoffs: [a]}\n",
        [
            "warning: agents.yaml:3:24 agents.a.handoffs: the `when` of 'b' and 'c' read nearly the same. "
            "Say how they differ: the model chooses by these texts.",
        ],
    ),
    (
        "many tools",
        "team: t\nagents: {a: {instructions: x, tools: [a, b, c, d, e, f, g, h, i, j, k, l, m]}}\n",
        [
            "warning: agents.yaml:2:31 agents.a.tools: 13 tools; models choose worse among more than 12. "
            "Give some to another agent.",
        ],
    ),
    (
        "complex key",
        "team: t\n? [a]\n: b\nagents: {a: {instructions: x}}\n",
        [
            "agents.yaml:2:3: a key must be plain text. Write `name: value`.",
        ],
    ),
    (
        "anywhere",
        "team: t\nanywhere: [nobody]\nagents: {a: {instructions: x}}\n",
        [
            "agents.yaml:2:12 anywhere.0: there is no agent 'nobody'. Known: a.",
        ],
    ),
    (
        "several",
        "team: t\nagents:\n  a: {instructions: x, vioce: y, handoffs: [q]}\n  b: {speed: 9}\n",
        [
            "agents.yaml:3:24 agents.a.vioce: unknown key. Did you mean 'voice'?",
            "agents.yaml:4:3 agents.b: the key 'instructions' is missing. Add it.",
            "agents.yaml:4:7 agents.b.speed: must be less than or equal to 1.5.",
        ],
    ),
    (
        "secret invalid",
        "team: t\n"
        "start: ${S}\n"
        "agents: {a: {instructions: x, model: '${S}', warm: '${S}', handoffs: ['${S}'], speed: '${S}'}}\n",
        [
            "agents.yaml:2:1 start: not of the form that is needed here. Use a lower-case letter, then "
            "letters a-z, digits, _ or -, 40 at the most.",
            "agents.yaml:3:31 agents.a.model: not of the form that is needed here. Write provider/model, "
            "for example openai/gpt-realtime-2.1 or local.",
            "agents.yaml:3:46 agents.a.warm: must be one of 'none', 'next' or 'all'.",
            "agents.yaml:3:71 agents.a.handoffs.0: not of the form that is needed here. Use a lower-case "
            "letter, then letters a-z, digits, _ or -, 40 at the most.",
            "agents.yaml:3:80 agents.a.speed: must be a valid number.",
        ],
    ),
    (
        "secret target",
        "team: t\nagents: {a: {instructions: x, handoffs: ['${T}']}}\n",
        [
            "agents.yaml:2:42 agents.a.handoffs.0: there is no agent of this name. Known: a.",
        ],
    ),
    (
        "target below its name",
        "team: t\nagents:\n  a: {instructions: x, handoffs: {b: {to: c}}}\n  b: {instructions: y, handoffs: [a]}\n",
        [
            "agents.yaml:3:39 agents.a.handoffs.b.to: unknown key. Known: args, context, examples, opening, when.",
        ],
    ),
    (
        "target as a key",
        "team: t\n"
        "agents:\n"
        "  a: {instructions: x, handoffs: [{to: b, when: z}]}\n"
        "  b: {instructions: y, handoffs: [a]}\n",
        [
            "agents.yaml:3:35 agents.a.handoffs.0: must be a name, or one name with what is said of it. "
            "Write `- billing` or `- billing: invoices`.",
        ],
    ),
    (
        "names from the code",
        "name: t\nagents:\n  a: {instructions: x, tools: [{ref: x.py}], handoffs: {b: {args_: {}}}}\n"
        "  b: {instructions: y, handoffs: [a]}\n",
        [
            "agents.yaml:1:1: the key 'team' is missing. Add it.",
            "agents.yaml:1:1 name: unknown key. Known: agents, anywhere, defaults, language, limits, "
            "providers, start, team, variables.",
            "agents.yaml:3:32 agents.a.tools.0: the key 'tool' is missing. Add it.",
            "agents.yaml:3:33 agents.a.tools.0.ref: unknown key. Known: confirm, examples, tool.",
            "agents.yaml:3:61 agents.a.handoffs.b.args_: unknown key. Did you mean 'args'?",
        ],
    ),
    (
        "an agent called name",
        "team: t\nagents:\n  name: {instructions: x, vioce: marin}\n",
        [
            "agents.yaml:3:27 agents.name.vioce: unknown key. Did you mean 'voice'?",
        ],
    ),
    (
        "empty sections",
        "team: t\nlimits:\nanywhere:\nvariables:\nagents:\n  a:\n    instructions: x\n    tools:\n    answers:\n",
        [
            "agents.yaml:2:1 limits: must be a mapping of keys to values. Indent its keys below it.",
            "agents.yaml:3:1 anywhere: must be a list, or a mapping.",
            "agents.yaml:4:1 variables: must be a mapping of keys to values. Indent its keys below it.",
            "agents.yaml:8:5 agents.a.tools: must be a list.",
            "agents.yaml:9:5 agents.a.answers: must be a mapping of keys to values. Indent its keys below it.",
        ],
    ),
    (
        "parts of the session",
        "team: t\n"
        "agents:\n"
        "  a:\n"
        "    instructions: x\n"
        "    transcription: {model: m, langauge: en}\n"
        "    noise_reduction: {type: field}\n"
        "    reasoning: {efort: low}\n"
        "    tool_choice: {type: function}\n"
        "    max_output_tokens: 5000\n",
        [
            "agents.yaml:5:31 agents.a.transcription.langauge: unknown key. Did you mean 'language'?",
            "agents.yaml:6:23 agents.a.noise_reduction.type: must be one of 'near_field' or 'far_field'.",
            "agents.yaml:7:5 agents.a.reasoning: the key 'effort' is missing. Add it.",
            "agents.yaml:7:17 agents.a.reasoning.efort: unknown key. Did you mean 'effort'?",
            "agents.yaml:8:5 agents.a.tool_choice: must be one of 'auto', 'none' or 'required'.",
            "agents.yaml:8:5 agents.a.tool_choice: the key 'name' is missing. Add it.",
            "agents.yaml:9:5 agents.a.max_output_tokens: must be less than or equal to 4096.",
        ],
    ),
    (
        "provider typo",
        "team: t\nproviders: {local: {stt: {fodler: x}}, openai: {key: x}}\nagents: {a: {instructions: x}}\n",
        [
            "agents.yaml:2:27 providers.local.stt.fodler: unknown key. Did you mean 'folder'?",
            "agents.yaml:2:49 providers.openai.key: unknown key. Known: api_key, brain, stt, tts, url.",
        ],
    ),
    (
        "default handoffs",
        "team: t\ndefaults: {handoffs: [nobody]}\nagents: {a: {instructions: x}, b: {instructions: y}}\n",
        [
            "agents.yaml:2:23 defaults.handoffs.0: there is no agent 'nobody'. Known: a, b.",
        ],
    ),
    (
        "default variables",
        "team: t\ndefaults: {instructions: '{{ variables.x }}', model: my/m}\nagents: {a: null, b: null}\n",
        [
            "agents.yaml:2:12 defaults.instructions: the instructions mention an unknown variable 'x'. "
            "Declare it: `variables: {x: null}`.",
            "agents.yaml:2:47 defaults.model: there is no such provider. Use openai, azure or local, or "
            "declare it under `providers:` with a url.",
        ],
    ),
    (
        "default name and file",
        "team: t\ndefaults: {name: x, instructions: {file: no.md}}\nagents: {a: null, b: {handoffs: [a]}}\n",
        [
            "agents.yaml:2:12 defaults.name: unknown key. An agent's name is the key above its keys.",
            "agents.yaml:2:36 defaults.instructions.file: cannot be read: No such file or directory. Paths "
            "are relative to the team file.",
            "warning: agents.yaml:3:10 agents.a: 'a' has no way on or back: callers stay there. Add a "
            "handoff, for example to 'b', unless calls end here.",
            "agents.yaml:3:19 agents.b: no caller can ever reach 'b' from 'a'. Add a handoff to 'b' "
            "somewhere, or remove the agent.",
        ],
    ),
    (
        "zero character in a path",
        'team: t\nagents: {a: {instructions: {file: "a\\0b"}}}\n',
        [
            "agents.yaml:2:29 agents.a.instructions.file: cannot be read: not UTF-8 text, or not a path. "
            "Paths are relative to the team file.",
        ],
    ),
    (
        "secret variable",
        "team: t\nagents: {a: {instructions: '{{ variables.x }} ${S}', handoffs: [b]}, b: {instructions: "
        "'{{ variables.y }}', handoffs: [a]}}\n",
        [
            "agents.yaml:2:14 agents.a.instructions: the instructions mention an unknown variable. "
            "Declare it under `variables:`.",
            "agents.yaml:2:74 agents.b.instructions: the instructions mention an unknown variable 'y'. "
            "Declare it: `variables: {y: null}`.",
        ],
    ),
]
