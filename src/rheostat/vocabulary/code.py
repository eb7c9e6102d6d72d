"""Every error code with what it means and what to do; ``rheostat doctor CODE`` shows an entry.

E1xx files and YAML, E2xx mechanisms and network, E3xx units, E4xx items, E5xx atlas look-ups, E6xx claims,
E7xx command line, N1xx numerical.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CodeHelp:
    """Title, explanation and remedy of one code."""

    title: str
    explanation: str
    remedy: str


CODES: dict[str, CodeHelp] = {
    "E101": CodeHelp(
        "File cannot be read",
        "The file does not exist, is a folder, or may not be read.",
        "Check the path and the rights of the file.",
    ),
    "E102": CodeHelp(
        "File is not UTF-8 text",
        "Text files are read as UTF-8; other encodings would turn micro signs and names into nonsense.",
        "Save the file as UTF-8.",
    ),
    "E103": CodeHelp(
        "YAML syntax error",
        "The file is not valid YAML. The place is where the reader gave up, often one line after the cause.",
        "Check indentation, brackets, quotes and the colon on the line named and the one before.",
    ),
    "E104": CodeHelp(
        "Key is given twice",
        "A key occurs twice in one mapping. Most readers silently keep the last; here it is refused.",
        "Delete or rename one of the two.",
    ),
    "E105": CodeHelp(
        "YAML anchor, alias, merge or tag",
        "Anchors (&x), aliases (*x), merges (<<) and tags (!x) hide where a value comes from.",
        "Write the value out; put a text that starts with & * or ! in quotes.",
    ),
    "E106": CodeHelp(
        "File has too many YAML nodes or is nested too deeply",
        "A file may hold 200,000 nodes, 100 levels deep.",
        "Split the file.",
    ),
    "E107": CodeHelp(
        "Unknown key",
        "The record has a key that its schema does not know; it may be misspelt.",
        "Correct the key, or see `rheostat schema NAME` for the known ones.",
    ),
    "E108": CodeHelp(
        "Missing key",
        "The record lacks a key that its schema requires.",
        "Add the key; see `rheostat schema NAME`.",
    ),
    "E109": CodeHelp(
        "Wrong value",
        "The value has the wrong type, is out of range or is none of the allowed words.",
        "Correct the value; see `rheostat schema NAME`.",
    ),
    "E110": CodeHelp(
        "Column missing or unknown in a table",
        "The header line of the table lacks a required column, repeats one or has an unknown one.",
        "Correct the header line; columns are separated by tabs.",
    ),
    "E111": CodeHelp(
        "Wrong number of cells in a table line",
        "A line of the tab-separated file has more or fewer cells than the header.",
        "Separate the cells by single tabs; leave a missing cell empty.",
    ),
    "E112": CodeHelp(
        "Id is used twice",
        "Two records of one table or folder have the same id.",
        "Rename one of the two.",
    ),
    "E113": CodeHelp(
        "Id differs from the file name",
        "A drug or tumour file is called after its id.",
        "Rename the file or the id.",
    ),
    "E114": CodeHelp(
        "Mapping key is not text",
        "A key of a mapping must be a plain word; lists, mappings and empty keys are refused.",
        "Put the key in quotes or remove it.",
    ),
    "E115": CodeHelp(
        "Unknown schema name",
        "There is no JSON Schema of this name.",
        "Use one of the names that `rheostat schema` lists.",
    ),
    "E201": CodeHelp(
        "Mechanism id is used twice",
        "Two mechanisms have the same id, in one file or in two.",
        "Rename or delete one of the two.",
    ),
    "E202": CodeHelp(
        "Species id is used twice",
        "A species is declared once, in the file where it belongs.",
        "Delete one of the declarations.",
    ),
    "E203": CodeHelp(
        "Parameter id is used twice",
        "Parameter ids are shared by the whole network, so each is declared by one mechanism only.",
        "Rename one of the two, or delete the second and use the first.",
    ),
    "E204": CodeHelp(
        "Number without unit, source or grade",
        "Every parameter, and every species that starts above 0, says its unit, where the value comes"
        " from and how sure it is (grade A, B or C).",
        "Add unit, source and grade; an estimate has `source: estimate` and `grade: C`.",
    ),
    "E205": CodeHelp(
        "Mechanism without evidence",
        "A mechanism rests on at least one piece of evidence, or is marked `flag: turnover`.",
        "Add `evidence: [{source: .., finding: ..}]`.",
    ),
    "E206": CodeHelp(
        "Id cannot be used in the network",
        "Ids of species, parameters and compartments are letters, digits and _, no digit first.",
        "Rename it.",
    ),
    "E207": CodeHelp(
        "Compartment is declared differently twice",
        "A compartment is declared once.",
        "Delete one of the declarations.",
    ),
    "E208": CodeHelp(
        "Shares of an isoform pool do not fit its agent",
        "The shares of `A|B` name its parts and add up to 1.",
        "Correct agent or shares.",
    ),
    "E209": CodeHelp(
        "Unknown compartment",
        "A species lies in a compartment that no file declares.",
        "Correct the name, or declare the compartment in the first file.",
    ),
    "E210": CodeHelp(
        "Name is used for two kinds of thing",
        "Species, parameters and compartments share one name space in the network.",
        "Rename one of the two.",
    ),
    "E301": CodeHelp(
        "Unknown unit",
        "The unit is none of those that can be converted or checked. Case counts: mM is not MM.",
        "Use one of the units listed in the message.",
    ),
    "E302": CodeHelp(
        "Molar mass missing",
        "A mass per volume becomes nM only through the molar mass of the drug.",
        "Give the dose in nM, or add molar_mass to the drug's file.",
    ),
    "E303": CodeHelp(
        "Concentration out of range",
        "A concentration is a finite number, 0 or more.",
        "Correct the number.",
    ),
    "E304": CodeHelp(
        "Not a number with a unit",
        "A concentration is a number with a decimal point and a unit, such as 20nM.",
        "Write it as 20nM or 0.5uM.",
    ),
    "E305": CodeHelp(
        "Volume out of range",
        "The volume of a compartment is a positive number of litres.",
        "Correct the volume.",
    ),
    "E601": CodeHelp(
        "Fact id is used twice",
        "Ids of facts are unique within the files that are checked together.",
        "Rename one of the two.",
    ),
    "E602": CodeHelp(
        "Assertion names an arm that the fact lacks",
        "Each side of an assertion names an arm of its own fact.",
        "Correct the name or add the arm.",
    ),
    "E603": CodeHelp(
        "Assertion is incomplete or contradicts itself",
        "An assertion is `lhs op factor * rhs`, or `lhs` and `within: [lo, hi]`.",
        "Give op and rhs, or within.",
    ),
    "E604": CodeHelp(
        "Fact asserts nothing",
        "A fact has arms and at least one assertion, or `not_runnable: reason`.",
        "Add an assertion or the reason.",
    ),
    "N110": CodeHelp(
        "Cut of an unknown mechanism",
        "A cut names a mechanism to which no reaction and no rule of the network belongs.",
        "Use the id of a mechanism, as in `rheostat explain` or the atlas files.",
    ),
    "N111": CodeHelp(
        "Formula has an unknown symbol",
        "A rate law, rule or observable refers to a name that is no species, parameter or rule variable.",
        "Correct the name or declare it.",
    ),
    "N112": CodeHelp(
        "Operator that the engine does not have",
        "The engine computes arithmetic, exp, ln, log10, sqrt, abs, min, max, trigonometry, logic and"
        " piecewise.",
        "Write the formula with these.",
    ),
    "N113": CodeHelp(
        "Arrays given to the integrator do not fit the model",
        "Parameters, initial states, restarts, inputs and times must have the shapes of the kernel, and times"
        " rise.",
        "Correct the call.",
    ),
    "N114": CodeHelp(
        "Steady state of a cut model",
        "A cut model follows the course of another run and has no steady state of its own.",
        "Find the steady state without the cut.",
    ),
    "E701": CodeHelp(
        "Command line not understood",
        "A command, option or value of the command line is unknown or missing.",
        "Look at `rheostat --help` or `rheostat COMMAND --help`.",
    ),
    "E702": CodeHelp(
        "File cannot be read or written",
        "The operating system refused a path: it is absent, a folder, or not permitted.",
        "Check the path and its permissions, or write elsewhere with -o.",
    ),
    "E703": CodeHelp(
        "Number of draws out of range",
        "An ensemble has at least one draw.",
        "Ask for --draws 1 or more; 64 is the default.",
    ),
    "E704": CodeHelp(
        "Unknown ensemble",
        "Draws come from `prior`, or from `plausible`: the prior draws that meet the calibration targets.",
        "Use one of the two.",
    ),
    "E705": CodeHelp(
        "Times out of range",
        "Durations and output times are hours: finite, not negative, with a decimal point.",
        "Write --times 0,0.5,1,24.",
    ),
    "E706": CodeHelp(
        "Unknown error code",
        "`rheostat doctor` explains the codes that rheostat prints.",
        "Use a code as printed, such as E402.",
    ),
    "E707": CodeHelp(
        "Unknown schema",
        "`rheostat schema` knows the data files and the answers of the commands.",
        "Run `rheostat schema` for the names.",
    ),
    "E708": CodeHelp(
        "Interrupted",
        "The command was stopped from the keyboard before it was done.",
        "Run the command again.",
    ),
    "E709": CodeHelp(
        "Our bug",
        "Something happened that rheostat did not foresee; the input is not at fault.",
        "Set RHEOSTAT_DEBUG=1, run it again and report the traceback.",
    ),
    "E710": CodeHelp(
        "A part of the installation is missing",
        "A package that rheostat needs is not installed.",
        "Install it with pip.",
    ),
    "E711": CodeHelp(
        "Unknown export format",
        "The model can be written as SBML or Antimony.",
        "Use --to sbml or --to antimony.",
    ),
    "E712": CodeHelp(
        "Nothing in the atlas has that name",
        "The name is no mechanism, species, readout, drug, cell or reference.",
        "Run `rheostat atlas search` with a part of the name.",
    ),
    "E713": CodeHelp(
        "Unknown reading",
        "A few sentences of the review can be read in two ways; `--variant` switches between them.",
        "Write --variant otud7b:review, or default or other for all.",
    ),
    "E605": CodeHelp(
        "Verdict moved",
        "The verdict of a shipped fact is not the one recorded in `atlas/data/verdicts.tsv`.",
        "Find what changed; record the new verdict with its cause if it is right.",
    ),
    "N190": CodeHelp(
        "Too many rows failed",
        "Over 5 % of the rows (condition x draw) did not finish; what is printed rests on the others.",
        "Look at the listed rows; try another seed, or `--draws` more.",
    ),
    "E220": CodeHelp(
        "Unknown symbol or function",
        "A formula, a reaction or an observable uses a name that no file declares.",
        "Correct the name, or declare it under species, parameters or expressions.",
    ),
    "E221": CodeHelp(
        "Text that is not ASCII",
        "Expressions and reactions are plain ASCII; libAntimony fails on other letters.",
        "Write Greek letters and signs out (k_on, ->).",
    ),
    "E222": CodeHelp(
        "Neither a reaction, an expression nor a unit",
        "A text block holds one statement a line: a reaction, an expression or a unit.",
        "Write `name: A -> B; rate`, `x := formula; x has unit`.",
    ),
    "E223": CodeHelp(
        "Number set inside a text block",
        "Numbers need unit, source and grade, so they stand under `parameters:`.",
        "Move the number to `parameters:`.",
    ),
    "E224": CodeHelp(
        "A second model, function, import or event in a text block",
        "libAntimony would silently drop what follows an `end`; a block holds statements only.",
        "Keep only reactions and expressions in the block.",
    ),
    "E225": CodeHelp(
        "Reaction without a name",
        "Without a name libAntimony calls the reaction _J0, and no result can be traced to it.",
        "Write a name and a colon before the reaction.",
    ),
    "E226": CodeHelp(
        "Number written out in a formula",
        "A number in a formula has no unit that could be checked; only whole exponents are allowed.",
        "Use a declared parameter, or `one`.",
    ),
    "E227": CodeHelp(
        "Two library calls in one formula",
        "libSBML reports false unit errors where two calls of library functions meet.",
        "Give each call an expression of its own.",
    ),
    "E228": CodeHelp(
        "libAntimony cannot read the text",
        "The text is not valid Antimony.",
        "Correct the line that is named.",
    ),
    "E229": CodeHelp(
        "Not a formula",
        "The text is no formula, or it uses a function that is not supported.",
        "Write a formula of + - * / ^ and the library functions.",
    ),
    "E230": CodeHelp(
        "Reaction id is used twice",
        "Reaction ids are unique in the whole network; libAntimony would keep one of the two.",
        "Rename or delete one.",
    ),
    "E231": CodeHelp(
        "Expression is given twice or clashes with a declaration",
        "A name is one species, one parameter or one expression.",
        "Rename or delete one.",
    ),
    "E232": CodeHelp(
        "Expression and unit do not go together",
        "Each expression has one `x has unit` beside it, and nothing else has one.",
        "Add or remove the `has`.",
    ),
    "E250": CodeHelp(
        "SBML feature that is not supported",
        "The engine refuses by name what it cannot do: events, rate rules, delays, changing volumes.",
        "Rewrite the model without it.",
    ),
    "E251": CodeHelp(
        "Not an SBML model",
        "The text cannot be read as SBML.",
        "Check the file.",
    ),
    "E252": CodeHelp(
        "Expressions in a circle",
        "Expressions depend on each other, so none can be computed first.",
        "Break the circle with a state variable.",
    ),
    "E253": CodeHelp(
        "Start value cannot be computed",
        "A species or parameter has no finite value at the start.",
        "Give it a number.",
    ),
    "E310": CodeHelp(
        "Units do not agree",
        "Both sides of a sum, a rate or an expression have different units, or a unit is missing.",
        "Correct the unit of the parameter or the formula; see the units of the neighbours.",
    ),
    "E311": CodeHelp(
        "Model is not valid SBML",
        "libSBML's consistency check found a fault.",
        "Correct what the message names.",
    ),
    "E312": CodeHelp(
        "Species is not an amount in kilocopy",
        "Every species is counted in kilocopy, as reactions are.",
        "Declare it in kilocopy.",
    ),
    "E313": CodeHelp(
        "Conversion to nM of the wrong compartment",
        "nM_<compartment> is generated from the volume and converts amounts of that compartment only.",
        "Use the factor of the compartment in which the species lies.",
    ),
    "E314": CodeHelp(
        "Event in the model",
        "Doses and changes are set by the arms, where their units are checked.",
        "Remove the event.",
    ),
    "E401": CodeHelp(
        "Unknown kind of item",
        "Items are written kind:what[@amount][@tA-B]; the kind is not one of ours.",
        "Write one of drug ko kd oe ca kinase_dead mut env cut context.",
    ),
    "E402": CodeHelp(
        "Item cannot be read",
        "An item is kind:what[@amount][@tA-B], joined to the next by ';'.",
        "Write for example drug:everolimus@20nM or ko:TSC2.",
    ),
    "E403": CodeHelp(
        "Dose or unit is missing",
        "A drug needs a concentration with its unit, a factor of the environment a level.",
        "Write for example drug:everolimus@20nM or env:leu@0.",
    ),
    "E404": CodeHelp(
        "Amount is not a finite number",
        "Amounts are finite numbers with a decimal point; a decimal comma, nan and inf are refused.",
        "Write for example 0.5uM.",
    ),
    "E405": CodeHelp(
        "Amount is negative",
        "Concentrations, levels, fractions and folds are 0 or more.",
        "Give a number of 0 or more.",
    ),
    "E406": CodeHelp(
        "Unknown unit of an amount",
        "Concentrations are in pM nM uM mM M ng/mL ug/mL; case counts, and nm is nanometre.",
        "Write for example 20nM.",
    ),
    "E407": CodeHelp(
        "Time window cannot be read",
        "A window is @tA-B or @tA- in hours, and ends after it starts.",
        "Write for example @t0-72 or @t24-.",
    ),
    "E408": CodeHelp(
        "Amount does not belong there",
        "Only drug, kd, oe and env take an amount; a remaining fraction is at most 1.",
        "Leave it out or correct it.",
    ),
    "E409": CodeHelp(
        "Dose is not supported by this command",
        "A dose that is defined by its effect, such as @ic30, needs a search that this command does not do.",
        "Give a concentration.",
    ),
    "E410": CodeHelp(
        "Time window does not belong there",
        "Only drugs and the environment act at a time; all else acts before t = 0.",
        "Leave the window out.",
    ),
    "E411": CodeHelp(
        "Level cannot be converted",
        "The factor of the environment has no reference concentration in such a unit.",
        "Give a level relative to rich medium, such as env:serum@0.1.",
    ),
    "E501": CodeHelp(
        "Unknown drug",
        "No drug of the atlas or an overlay has this id, name or alias.",
        "Look at `rheostat atlas list drugs`, or add a drug with --atlas.",
    ),
    "E502": CodeHelp(
        "Unknown cell",
        "No tumour, cell line or programme has this id, name, alias or CURIE.",
        "Look at `rheostat atlas list cells`, or give the path of a tumour file.",
    ),
    "E503": CodeHelp(
        "Unknown gene",
        "No species of the network holds this gene symbol.",
        "Use the HGNC symbol of a gene that the model holds.",
    ),
    "E504": CodeHelp(
        "Unknown form of a protein",
        "forms.tsv has no such variant, or it acts on something that the network lacks.",
        "Look at `rheostat atlas list forms`.",
    ),
    "E505": CodeHelp(
        "Unknown factor of the environment",
        "environment.tsv has no such factor, or the network has no input for it.",
        "Use one of the factors that the message lists.",
    ),
    "E506": CodeHelp(
        "Unknown readout",
        "No observable of the atlas has this id.",
        "Look at `rheostat atlas list readouts`.",
    ),
    "E507": CodeHelp(
        "Unknown context",
        "forms.tsv has no such context.",
        "Look at `rheostat atlas list contexts`.",
    ),
    "E508": CodeHelp(
        "Unknown mechanism",
        "No mechanism or loop of the atlas has this id.",
        "Look at `rheostat atlas list mechanisms`.",
    ),
    "E509": CodeHelp(
        "Drug acts on nothing here",
        "The handle of the drug is no parameter or species of the network.",
        "Add the mechanisms of the drug, or correct its handle.",
    ),
    "E510": CodeHelp(
        "Overlay cannot be used",
        "An overlay is a folder with mechanisms/, drugs/ or tumours/.",
        "Give such a folder.",
    ),
    "E511": CodeHelp(
        "Source is not in the table of references",
        "Every source is a key of references.tsv, or `estimate`.",
        "Add the reference or correct the key.",
    ),
    "E512": CodeHelp(
        "Name is used twice",
        "Two drugs or two tumours share an id, name or alias.",
        "Delete the alias of one.",
    ),
    "E513": CodeHelp(
        "Readout names something unknown",
        "A formula of observables.tsv names what the network lacks.",
        "Correct the formula.",
    ),
    "E520": CodeHelp(
        "Bad times",
        "Times of a simulation are finite hours from 0 on; 0 is before treatment.",
        "Give at least one time of 0 h or more.",
    ),
    "E521": CodeHelp(
        "Arms cannot be told apart",
        "A simulation takes at least one arm, and each arm has its own id.",
        "Give each arm its own id.",
    ),
    "E522": CodeHelp(
        "Calibration target cannot be computed",
        "A target names a gene, drug, readout or mechanism that the atlas lacks, so no draw could meet it.",
        "Mend targets.yaml, or add what is missing to the atlas.",
    ),
    "N120": CodeHelp(
        "Too few plausible draws",
        "Hardly any draw of the prior meets the calibration targets; the structure or a value is wrong.",
        "See which target fails with `rheostat atlas plausible`, or use --ensemble prior.",
    ),
}
