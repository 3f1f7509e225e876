"""Keys and models as other programs call them, and what they are called here."""

from __future__ import annotations

import re

from pydantic import BaseModel

from orchestrator.team import edges, limits, schema, session_keys, tools, trials, values

REALTIME = "openai/gpt-realtime-2.1"
# Names of OpenAI's models; and those of them that are not of the Realtime API, as far as that is known.
OPENAI = re.compile(r"(gpt|chatgpt|codex|whisper|tts|text)-[\w.:-]+|o\d[\w.:-]*")
NOT_REALTIME = re.compile(
    r"(gpt-(3|4|5|oss|image)|chatgpt|codex|whisper|tts|text-|o\d)(?!.*realtime)|.*(transcribe|translate|whisper)"
)
SPELLINGS = {"openai": "openai", "azure": "azure", "azureopenai": "azure", "openaiazure": "azure", "local": "local"}

SPEECH = "Name it under `providers:`, once for all agents: `local: {{{0}: {{url: http://127.0.0.1:8000/v1}}}}`."
MODEL = "Write `model: provider/model`. A chat server for `local` goes under `providers:`, `local: {brain: {url: …}}`."
SIGNATURE = "Remove it: the model reads the signature of the function and its docstring."
# Both are said of an agent, and of the whole team.
PARTS = {
    "stt asr transcriber speech_to_text": SPEECH.format("stt"),
    "tts synthesizer text_to_speech": SPEECH.format("tts"),
    "llm llm_config llm_model model_name model_id chat_model realtime_model": MODEL,
    "temperature top_p": "Remove it: a Realtime session has no such setting.",
    "guardrails input_guardrails output_guardrails policies": "State them as `rules:` at the top level of the file.",
    "mcp": "Write `mcp_servers:` at the top level of the file, and `tools: [mcp:SERVER]` in an agent.",
}
OF_TOOLS = {
    "description": "about summary when",
    "filler": "message messages say",
    "confirm": "confirmation require_confirmation needs_approval require_approval",
    "idempotent": "retry retryable repeatable restartable idempotency_key",
    "timeout": "timeout_seconds timeout_ms seconds",
    "result": "output response answer returns",
    "sets": "set variables assign extract",
    "hide": "redact mask secret private_args",
    "when_late": "scheduling late",
}
# Model of a mapping → its key, or a remedy, → the words for it elsewhere: openai-agents, LiveKit, Pipecat, Vapi,
# Retell, CrewAI, AutoGen, LangGraph and the Realtime API itself.
WORDS: dict[type[BaseModel], dict[str, str]] = {
    schema.Team: {
        "team": "name team_name title",
        "agents": "agent assistant assistants nodes members squad crew participants states",
        "start": "entry entry_point entrypoint entry_agent initial initial_agent initial_node start_agent start_node "
        "starting_agent root root_agent default_agent first_agent",
        "defaults": "common shared global",
        "numbers": "phone phone_number phone_numbers telephone",
        "language": "lang locale",
        "variables": "vars context state context_variables dynamic_variables variable_values slots",
        "anywhere": "global_handoffs global_transfers",
        "rules": "constraints",
        "limits": "timeouts budget",
        "providers": "provider services",
        "prices": "pricing costs",
        "tests": "test trials scenarios scenario evals evaluations cases simulations",
    },
    schema.Agent: {
        "tools": "functions function function_tools tool actions skills plugins toolsets tool_ids general_tools "
        "built_in_tools",
        "handoffs": "transfer_to transfers handoff hand_off handoff_to handover sub_agents subagents children "
        "edges next destinations assistant_destinations transfer_agents can_transfer_to routes transition_to "
        "transfer_call transfer_plan",
        "messages": "contacts can_contact",
        "consult": "delegate delegates delegate_to consults can_ask experts allow_delegation agents_as_tools",
        "greeting": "first_message begin_message welcome_message initial_message opening_message first_sentence "
        "start_message welcome welcome_greeting intro hello on_enter",
        "instructions": "instruction prompt prompts system system_prompt system_message system_instruction "
        "system_instructions general_prompt role_messages task_messages backstory persona goal task",
        "description": "role handoff_description about agent_description short_description summary",
        "kind": "type mode",
        "fallback": "fallbacks fallback_models fallback_model",
        "voice": "voice_id voice_name voice_model speaker voices",
        "speed": "voice_speed speaking_rate rate",
        "turn_detection": "vad turn_taking turn_detector allow_interruptions interruptible interruptions "
        "interruption_sensitivity endpointing vad_analyzer",
        "transcription": "input_audio_transcription transcript",
        "noise_reduction": "input_audio_noise_reduction noise_suppression noise_cancellation denoising",
        "max_output_tokens": "max_response_output_tokens max_tokens max_completion_tokens",
        "answers": "faq faqs qa",
        "knowledge": "docs documents file_search files_to_search knowledge_base rag retrieval vector_store",
        "Write `reasoning: {effort: low}`.": "reasoning_effort effort",
        "Write `instructions: {file: agents/front.md}`.": "instructions_file instruction_file prompt_file file",
        "Write `transcription: {keywords: [Miller]}`.": "boosted_keywords keywords",
        "Write `tools: [end_call]`.": "end_call end_call_functions end_call_function_enabled end_call_phrases hang_up",
        "Remove it: an agent is named by the key above its keys.": "id agent_name",
    },
    edges.Handoff: {
        "when": "condition conditions description if reason trigger on",
        "examples": "utterances phrases",
        "args": "parameters params arguments properties inputs input_type",
        "needs": "requires required require",
        "context": "share history input_filter context_filter",
        "bridge": "message say transition_message transfer_message",
        "returns": "return return_to back",
        "Name the agent above its keys: `billing: {when: invoices}`.": "to target agent name agent_name assistant_name",
    },
    edges.Consult: {
        "when": "condition conditions description if reason trigger on",
        "examples": "utterances phrases",
        "context": "share history",
        "filler": "message say",
        "Name the agent above its keys: `billing: {when: invoices}`.": "to target agent name agent_name assistant_name",
    },
    tools.ToolRef: {
        "tool": "function ref reference path callable handler fn module file",
        **OF_TOOLS,
        SIGNATURE: "parameters params arguments args schema input_schema strict",
        "Write `http: POST https://…` for a request, or a function: `tool: agents/orders.py:find_order`.": "type url "
        "server api headers method",
    },
    tools.HttpRef: {
        "http": "url request endpoint uri address",
        "args": "parameters params arguments schema input_schema properties",
        "query": "query_params querystring",
        "body": "data json payload request_body",
        "private": "allow_private internal",
        "Write `http: POST https://…`.": "method type",
        "Remove it: an entry is either a function or a request.": "function",
        **OF_TOOLS,
    },
    tools.McpServer: {
        "url": "server_url endpoint uri address server",
        "command": "cmd program",
        "Write them behind the program: `command: [npx, -y, package]`.": "args arguments",
        "env": "environment environ",
        "allow": "allowed_tools tools include tool_filter",
        "timeout": "timeout_seconds read_timeout client_session_timeout_seconds",
        "Remove it: the transport is seen from `url` or `command`.": "transport type",
    },
    values.Variable: {
        "default": "value initial initial_value",
        "enum": "values options choices allowed one_of",
        "pattern": "regex format match",
        "secret": "private sensitive hidden pii",
        "description": "desc about prompt",
    },
    limits.Limits: {
        "call": "duration max_duration max_call_duration max_call_duration_ms max_duration_seconds call_timeout "
        "timeout",
        "silence": "silence_timeout silence_timeout_seconds idle idle_timeout inactivity end_call_after_silence_ms "
        "user_away_timeout",
        "tokens": "max_tokens total_tokens",
        "money": "cost max_cost budget usd",
        "tool": "tool_timeout tools",
        "handoffs": "max_handoffs max_turns transfers hops",
    },
    schema.ProviderSpec: {
        "url": "base_url api_base endpoint azure_endpoint host address uri server base",
        "api_key": "key token secret api_token access_token openai_api_key azure_api_key",
        "brain": "llm chat language_model",
        "stt": "asr transcriber transcription",
        "tts": "synthesizer speech voice",
        "Name it with the agent: `model: provider/model`.": "model models deployment azure_deployment",
        "Remove it: the version is part of no address any more.": "api_version version",
    },
    schema.PartSpec: {
        "url": "base_url api_base endpoint host address uri server",
        "api_key": "key token secret",
        "model": "model_name model_id name",
        "folder": "path model_path directory",
    },
    trials.Trial: {
        "given": "setup context initial initial_state state before fixtures",
        "talk": "turns conversation steps messages script dialogue dialog",
        "caller": "user persona simulation simulated_user",
        "end": "finally after result results outcome",
        "expect": "expected assert asserts assertions expectations criteria",
        "Write `given: {variables: {name: value}}`.": "variables",
        "Write `given: {tools: {name: what it returns}}`.": "tools mocks mock tool_mocks",
    },
    trials.Turn: {
        "caller": "user input say text message utterance human",
        "model": "agent assistant responses bot",
        "expect": "expected assert asserts assertions expectations",
        "interrupt": "barge_in interruption while send_after",
    },
    trials.Expected: {
        "agent": "active_agent current_agent",
        "says": "text_contains contains response text transcript output",
        "says_not": "not_contains excludes never_says",
        "calls": "tool tools tool_calls function_calls function_call functions",
        "never_calls": "no_calls calls_not not_calls",
        "handoff": "handoffs transfer agent_handoff hand_off",
        "first_audio": "within within_ms latency",
        "refused": "refuses refusal refusals rules",
        "consults": "consult asks delegates",
    },
    trials.Mock: {
        "returns": "return result output response value",
        "fails": "error raises exception fail",
        "takes": "delay seconds latency after",
        "sets": "variables set",
    },
    trials.Persona: {
        "persona": "style character role personality",
        "goal": "task instructions prompt wants intent",
        "turns": "max_turns",
        "brain": "model llm",
    },
    trials.Keys: {"keys": "dtmf digits"},
    session_keys.CustomVoice: {"id": "voice_id name"},
}


def correction(name: str, model: type[BaseModel], known: list[str]) -> str:
    """Return what to do about a key that a mapping does not have, if it is one of another program; otherwise ""."""
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).replace("-", "_").lower()
    if plain in known:
        return f"Did you mean {plain!r}?"
    if not name.isprintable():
        return "It contains an invisible character: type it anew, and the white space before it."
    if meant := _meant(plain, model):
        return f"Did you mean {meant!r}?" if meant in known else meant
    if model in (schema.Team, schema.Agent):
        for words, remedy in PARTS.items():
            if plain in words.split():
                return remedy
    if model is schema.Team and plain in schema.AgentKeys.model_fields.keys() | {"instructions"}:
        return "Move it to an agent, or below `defaults:` for all agents."
    if model is schema.Agent and plain in {*schema.Team.model_fields, "defaults"} - {"name"}:
        return "Move it to the top level of the file, without indentation."
    if model in (schema.Team, schema.Agent) and (meant := _meant(plain, limits.Limits)):
        return f"Write `limits: {{{meant}: …}}` at the top level of the file."
    if model is schema.Team and (meant := _meant(plain, schema.Agent)):
        return f"Write `{meant}:` in an agent, or below `defaults:` for all agents." if " " not in meant else meant
    if model is schema.Team and (name.startswith(("x-", ".", "_"))):
        return "Keys that all agents share go below `defaults:`; `&name` can mark any mapping of the file."
    return ""


def _meant(plain: str, model: type[BaseModel]) -> str:
    """Return the key of a mapping, or the remedy, for a word that stands for it elsewhere; otherwise ""."""
    return next((meant for meant, words in WORDS.get(model, {}).items() if plain in words.split()), "")


def likely_model(said: str) -> str:
    """Return the model that was probably meant: `gpt-realtime` and `OpenAI:gpt-realtime` for `openai/gpt-realtime`."""
    if OPENAI.fullmatch(said):
        return f"openai/{said}"
    provider, _, model = said.partition("/" if "/" in said else ":")
    known = SPELLINGS.get(re.sub(r"[^a-z]", "", provider.lower()), "")
    return f"{known}/{model}" if known and model else known


def only_text(model: str) -> bool:
    """Return whether a model is known not to be one of the Realtime API."""
    provider, _, name = model.partition("/")
    return provider == "openai" and bool(NOT_REALTIME.match(name))
