#include "docs/page/math_symbols.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace veneer::docs {
namespace {

using enum SymbolClass;

// Of each class: names and what they are, by turns. "_" is a space in functions and fonts.
struct Names {
  SymbolClass kind;
  std::string_view list;
};
constexpr std::array<Names, 8> kNames{{
    {identifier, R"(
AA Å Alpha Α Beta Β Chi Χ Delta Δ Epsilon Ε Eta Η Finv Ⅎ Gamma Γ Im ℑ Iota Ι Kappa Κ Lambda Λ Mu Μ N ℕ Nu Ν Omega
Ω Omicron Ο P ¶ Phi Φ Pi Π Psi Ψ R ℝ Re ℜ Rho Ρ S § Sigma Σ Tau Τ Theta Θ Upsilon Υ Xi Ξ Z ℤ Zeta Ζ ae æ aleph ℵ
alpha α angle ∠ backprime ‵ beta β beth ℶ bigstar ★ blacklozenge ⧫ bot ⊥ cdots ⋯ checkmark ✓ chi χ clubsuit ♣
complement ∁ copyright © dag † dagger † ddag ‡ ddagger ‡ ddots ⋱ degree ° delta δ diamondsuit ♢ digamma ϝ dots …
dotsb ⋯ dotsc … dotsi ⋯ dotsm ⋯ dotso … ell ℓ emptyset ∅ epsilon ϵ eta η eth ð euro € flat ♭ gamma γ gimel ℷ hbar
ℏ heartsuit ♡ hslash ℏ imath ı infin ∞ infty ∞ iota ι jmath ȷ kappa κ lambda λ ldots … lozenge ◊ measuredangle ∡
mho ℧ mu μ nabla ∇ natural ♮ nu ν o ø oe œ omega ω omicron ο partial ∂ phi ϕ pi π pounds £ prime ′ psi ψ rho ρ
sharp ♯ sigma σ spadesuit ♠ sphericalangle ∢ ss ß surd √ tau τ theta θ top ⊤ upsilon υ varGamma Γ varepsilon ε
varkappa ϰ varnothing ∅ varphi φ varpi ϖ varrho ϱ varsigma ς vartheta ϑ vdots ⋮ wp ℘ xi ξ zeta ζ
)"},
    {operation, R"(
Downarrow ⇓ Leftarrow ⇐ Leftrightarrow ⇔ Longleftarrow ⟸ Longleftrightarrow ⟺ Longrightarrow ⟹ Rightarrow ⇒
Rrightarrow ⇛ Subset ⋐ Supset ⋑ Uparrow ⇑ Updownarrow ⇕ Vdash ⊩ Vert ‖ amalg ⨿ approx ≈ approxeq ≊ ast ∗ asymp ≍
backsim ∽ backslash \ barwedge ⊼ because ∵ bigcirc ◯ blacksquare ■ blacktriangle ▲ bowtie ⋈ boxplus ⊞ boxtimes ⊠
bullet ∙ bumpeq ≏ cap ∩ cdot ⋅ cdotp ⋅ centerdot ⋅ circ ∘ circlearrowleft ↺ circlearrowright ↻ circledast ⊛
circledcirc ⊚ colon : coloneqq ≔ cong ≅ cup ∪ curlyvee ⋎ curlywedge ⋏ dashv ⊣ diamond ⋄ div ÷ divideontimes ⋇
doteq ≐ dotplus ∔ doublecap ⋒ doublecup ⋓ downarrow ↓ eqqcolon ≕ eqsim ≂ equiv ≡ exists ∃ fallingdotseq ≒ forall ∀
frown ⌢ ge ≥ geq ≥ geqslant ⩾ gets ← gg ≫ ggg ⋙ gt > gtreqless ⋛ gtrless ≷ gtrsim ≳ hookleftarrow ↩ hookrightarrow
↪ iff ⟺ implies ⟹ in ∈ intercal ⊺ lVert ‖ land ∧ langle ⟨ lbrace { lbrack [ lceil ⌈ ldotp . le ≤ leadsto ⇝
leftarrow ← leftharpoondown ↽ leftharpoonup ↼ leftleftarrows ⇇ leftrightarrow ↔ leftrightharpoons ⇋ leq ≤ leqslant
⩽ lesseqgtr ⋚ lessgtr ≶ lesssim ≲ lfloor ⌊ lgroup ⟮ ll ≪ llcorner ⌞ lll ⋘ lmoustache ⎰ lnot ¬ longleftarrow ⟵
longleftrightarrow ⟷ longmapsto ⟼ longrightarrow ⟶ lor ∨ lrcorner ⌟ lt < ltimes ⋉ lvert | mapsto ↦ mid ∣ models ⊨
mp ∓ multimap ⊸ nRightarrow ⇏ ncong ≆ ne ≠ nearrow ↗ neg ¬ neq ≠ nexists ∄ ngeq ≱ ngeqslant ≱ ngtr ≯ ni ∋
nleftarrow ↚ nleq ≰ nleqslant ≰ nless ≮ nmid ∤ notin ∉ nparallel ∦ nrightarrow ↛ nsim ≁ nsubseteq ⊈ nsupseteq ⊉
nwarrow ↖ odot ⊙ ominus ⊖ oplus ⊕ oslash ⊘ otimes ⊗ owns ∋ parallel ∥ perp ⊥ pm ± prec ≺ preceq ⪯ precsim ≾ propto
∝ rVert ‖ rangle ⟩ rbrace } rbrack ] rceil ⌉ rfloor ⌋ rgroup ⟯ rightarrow → rightharpoondown ⇁ rightharpoonup ⇀
rightleftharpoons ⇌ rightrightarrows ⇉ rightsquigarrow ⇝ risingdotseq ≓ rmoustache ⎱ rtimes ⋊ rvert | searrow ↘
setminus ∖ sim ∼ simeq ≃ smallsetminus ∖ smile ⌣ sqcap ⊓ sqcup ⊔ sqsubseteq ⊑ sqsupseteq ⊒ square □ star ⋆ subset
⊂ subseteq ⊆ subsetneq ⊊ succ ≻ succeq ⪰ succsim ≿ supset ⊃ supseteq ⊇ supsetneq ⊋ swarrow ↙ therefore ∴
thickapprox ≈ thicksim ∼ times × to → triangle △ triangleleft ◃ trianglelefteq ⊴ triangleq ≜ triangleright ▹
trianglerighteq ⊵ twoheadrightarrow ↠ ulcorner ⌜ uparrow ↑ updownarrow ↕ upharpoonright ↾ uplus ⊎ urcorner ⌝ vDash
⊨ varpropto ∝ vartriangleleft ⊲ vartriangleright ⊳ vdash ⊢ vee ∨ veebar ⊻ vert | wedge ∧ wr ≀
)"},
    {large_operator, R"(
bigcap ⋂ bigcup ⋃ bigodot ⨀ bigoplus ⨁ bigotimes ⨂ bigsqcup ⨆ biguplus ⨄ bigvee ⋁ bigwedge ⋀ coprod ∐ iiiint ⨌
iiint ∭ iint ∬ int ∫ oiiint ∰ oiint ∯ oint ∮ prod ∏ sum ∑
)"},
    {function, R"(
Pr Pr arccos arccos arccot arccot arcsec arcsec arcsin arcsin arctan arctan arctg arctg arg arg argmax arg_max
argmin arg_min ch ch cos cos cosec cosec cosh cosh cot cot coth coth csc csc ctg ctg deg deg det det dim dim exp
exp gcd gcd hom hom inf inf injlim inj_lim ker ker lg lg lim lim liminf lim_inf limsup lim_sup ln ln log log max
max min min projlim proj_lim sec sec sh sh sin sin sinh sinh softmax softmax sup sup tan tan tanh tanh tg tg th th
)"},
    {accent_over, R"(
Overrightarrow ⇒ acute ´ bar ¯ breve ˘ check ˇ dddot ⃛ ddot ¨ dot ˙ grave ` hat ^ mathring ˚ overbrace ⏞
overbracket ⎴ overgroup ⏠ overleftarrow ← overleftrightarrow ↔ overline ¯ overrightarrow → overrightharpoon ⇀
tilde ~ vec → widecheck ˇ widehat ̂ widetilde ̃
)"},
    {accent_under, R"(
underbrace ⏟ underbracket ⎵ undergroup ⏡ underleftarrow ← underline _ underrightarrow →
)"},
    {space, R"(
! -0.167em , 0.167em : 0.222em ; 0.278em > 0.222em enskip 0.5em enspace 0.5em medspace 0.222em negmedspace
-0.222em negthickspace -0.278em negthinspace -0.167em nobreakspace 0.25em qquad 2em quad 1em space 0.25em
thickspace 0.278em thinspace 0.167em
)"},
    {font, R"(
Bbb bb bm boldit boldsymbol boldit emph text_italic hbox text mathbb bb mathbf bold mathbfit boldit mathcal cal
mathfrak frak mathit it mathnormal it mathrm rm mathscr cal mathsf sf mathsfit sf mathtt tt mbox text operatorname
rm pmb boldit text text textbf text_bold textit text_italic textmd text textnormal text textrm text textsf text_sf
texttt text_tt textup text
)"},
}};

struct Alphabet {
  std::string_view font;
  char32_t capitals, small, digits, greek_capitals, greek_small;  // 0: it has none
};
constexpr std::array<Alphabet, 7> kAlphabets{{{"bold", 0x1D400, 0x1D41A, 0x1D7CE, 0x1D6A8, 0},
                                              {"boldit", 0x1D468, 0x1D482, 0x1D7CE, 0x1D6A8, 0x1D736},
                                              {"cal", 0x1D49C, 0x1D4B6, 0, 0, 0},
                                              {"frak", 0x1D504, 0x1D51E, 0, 0, 0},
                                              {"bb", 0x1D538, 0x1D552, 0x1D7D8, 0, 0},
                                              {"sf", 0x1D5A0, 0x1D5BA, 0x1D7E2, 0, 0},
                                              {"tt", 0x1D670, 0x1D68A, 0x1D7F6, 0, 0}}};

// Letters that Unicode had before the alphabets, which leave a hole there.
struct OldLetter {
  std::string_view font;
  char32_t letter, character;
};
constexpr auto kOldLetters = std::to_array<OldLetter>(
    {{"bb", 'C', 0x2102},   {"bb", 'H', 0x210D},   {"bb", 'N', 0x2115},  {"bb", 'P', 0x2119},   {"bb", 'Q', 0x211A},
     {"bb", 'R', 0x211D},   {"bb", 'Z', 0x2124},   {"cal", 'B', 0x212C}, {"cal", 'E', 0x2130},  {"cal", 'F', 0x2131},
     {"cal", 'H', 0x210B},  {"cal", 'I', 0x2110},  {"cal", 'L', 0x2112}, {"cal", 'M', 0x2133},  {"cal", 'R', 0x211B},
     {"cal", 'e', 0x212F},  {"cal", 'g', 0x210A},  {"cal", 'o', 0x2134}, {"frak", 'C', 0x212D}, {"frak", 'H', 0x210C},
     {"frak", 'I', 0x2111}, {"frak", 'R', 0x211C}, {"frak", 'Z', 0x2128}});

// Forms of Greek letters stand behind the alphabet's omega.
constexpr std::array<std::pair<char32_t, char32_t>, 6> kGreekForms{
    {{0x3F5, 26}, {0x3D1, 27}, {0x3F0, 28}, {0x3D5, 29}, {0x3F1, 30}, {0x3D6, 31}}};

std::unordered_map<std::string_view, MathSymbol> read_names() {
  std::unordered_map<std::string_view, MathSymbol> symbols;
  for (const Names& names : kNames) {
    std::string_view rest = names.list;
    const auto next = [&rest] {
      const std::size_t begin = std::min(rest.find_first_not_of(" \n"), rest.size());
      const std::size_t end = std::min(rest.find_first_of(" \n", begin), rest.size());
      const std::string_view word = rest.substr(begin, end - begin);
      rest.remove_prefix(end);
      return word;
    };
    for (std::string_view name = next(); !name.empty(); name = next()) {
      std::string text(next());
      if (names.kind == function || names.kind == font) std::ranges::replace(text, '_', ' ');
      symbols.emplace(name, MathSymbol{name, names.kind, std::move(text)});
    }
  }
  return symbols;
}

}  // namespace

char32_t styled_letter(char32_t c, std::string_view font) {
  const auto* alphabet =
      std::find_if(kAlphabets.begin(), kAlphabets.end(), [font](const Alphabet& one) { return one.font == font; });
  if (alphabet == kAlphabets.end()) return c;
  for (const OldLetter& old : kOldLetters)
    if (old.font == font && old.letter == c) return old.character;
  if (c >= 'A' && c <= 'Z') return alphabet->capitals + (c - 'A');
  if (c >= 'a' && c <= 'z') return alphabet->small + (c - 'a');
  if (c >= '0' && c <= '9' && alphabet->digits != 0) return alphabet->digits + (c - '0');
  if (c >= 0x391 && c <= 0x3A9 && alphabet->greek_capitals != 0) return alphabet->greek_capitals + (c - 0x391);
  if (alphabet->greek_small == 0) return c;
  if (c >= 0x3B1 && c <= 0x3C9) return alphabet->greek_small + (c - 0x3B1);
  for (const auto& [form, place] : kGreekForms)
    if (form == c) return alphabet->greek_small + place - 1;
  return c;
}

std::optional<MathSymbol> math_symbol(std::string_view name) {
  static const std::unordered_map<std::string_view, MathSymbol> kSymbols = read_names();
  const auto found = kSymbols.find(name == " " ? "space" : name);
  return found != kSymbols.end() ? std::optional(found->second) : std::nullopt;
}

}  // namespace veneer::docs
