#include "core/model/reflex/rules.h"

#include <array>

namespace soma::model::reflex {
namespace {

// A rule is a phrase and an example of it. The first rule that covers the whole clause wins, so that narrow
// ones stand above wide ones.
constexpr auto kRules = std::to_array<Rule>({
    // Talk.
    {Act::kGreeting,
     "hi|hello|hey|greetings|good_morning|good_afternoon|good_evening there|reflex|soma|again|everyone?",
     "Hello there!"},
    {Act::kIdentity, "who|what are|is you|this|reflex exactly?", "Who are you?"},
    {Act::kIdentity, "what_is|what's your name", "What is your name?"},
    {Act::kIdentity, "are you an|a|really? <what*>", "Are you a language model?"},
    {Act::kIdentity, "introduce yourself", "Introduce yourself."},
    {Act::kIdentity, "what|which model|llm|ai are|is you|this *", "Which model are you?"},
    {Act::kCapabilities, "what can you do|offer *", "What can you do?"},
    {Act::kCapabilities, "how can you help *", "How can you help me?"},
    {Act::kCapabilities, "help me?", "help"},
    {Act::kCapabilities, "what|which tools|skills *", "Which tools do you have?"},
    {Act::kThanks, "thanks|thank_you|cheers *", "Thank you very much"},
    {Act::kNothing,
     "do|complete|follow|perform|carry_out|execute the|these|this? following? "
     "steps|tasks|things|instructions|list|following in_order|carefully|below?",
     "Do the following steps in order:"},
    {Act::kNothing, "here is|are the|your? tasks|steps|instructions|task|plan", "Here are the steps:"},
    {Act::kNothing, "steps|tasks|instructions|todo", "Steps:"},

    // Memory.
    {Act::kRecall, "do you remember|recall|know|have <fact*>", "Do you remember my favourite colour?"},
    {Act::kRecall, "what did|have i tell|told|say|said|ask|asked you? <fact*>",
     "What did I tell you about the ferry?"},
    {Act::kRecall, "what do you know|remember about <fact*>", "What do you know about me?"},
    {Act::kRecall, "tell|remind me what|of? my <fact*>", "Remind me what my locker number is."},
    {Act::kRecall, "what|who|where|when|which is|are|was|were|'s my <fact*>", "What is my favourite colour?"},
    {Act::kRecall, "what's|who's|where's|when's my <fact*>", "What's my name?"},
    {Act::kRecall, "what|which|how|where|when|who <kind*> do|does|did|am|is|are i|my <fact*>",
     "Which train do I take?"},
    {Act::kRecall, "where|when|how|what do|did|am|was i <fact*>", "Where do I live?"},
    {Act::kRemember,
     "remember|memorize|memorise|note|keep_in_mind|don't_forget|write_down down? "
     "this|that|the_following|the_fact_that? <fact*>",
     "Remember that my favourite colour is teal"},
    {Act::kStatement, "my <fact*> is|are <value*>", "My favourite colour is teal."},
    {Act::kStatement, "i am|live|work|like|prefer|love|need|have|was|use|own <value*>", "I live in Bergen."},
    {Act::kStatement, "i'm|call_me <value*>", "Call me Ada."},

    // Code and commands.
    {Act::kRunCode, "* <fence>", "Run this python: ```python\nprint(1)\n```"},
    {Act::kRunCommand,
     "what|which does|is|would the? output|result? of? the|command? <code> "
     "print|output|show|return|say|give|do?",
     "What does `uname -a` print?"},
    {Act::kRunCode,
     "run|execute|evaluate|try this|the|some|following? python|javascript|js|node|py "
     "code|script|snippet|program|expression? <code>",
     "Run the python code `print(6*7)`"},
    {Act::kRunCode,
     "use|with|in python|javascript|node|js to? run|evaluate|compute|calculate|execute? <code>",
     "In Python, evaluate `2**10`"},
    {Act::kRunCode, "evaluate|run|execute|compute <code> in|with|using|as python|javascript|node|js",
     "Evaluate `2**10` in Python"},
    {Act::kRunCommand,
     "run|execute|issue|use|try|do|call the|these|this|following? shell|bash|terminal? "
     "command|commands|line|tool? called|named? <code> *",
     "Run `ls -la`"},
    {Act::kRunCommand, "<code>", "`uname -a`"},
    {Act::kRunCommand, "use|in|with the? shell|bash|terminal|console to? run|execute? <command*>",
     "In the shell, run df -h"},
    {Act::kRunCommand, "run|execute the? shell|bash|terminal? command <command*>", "Run the command ls -la"},
    {Act::kRunCommand, "run|execute the|my? python|node|bash|shell? script|program|file <path>",
     "Run the script tools/build.sh"},
    {Act::kRunCommand, "run|execute <path>", "Run build.py"},
    {Act::kRunCommand, "run|execute it|the_script|the_file|the_program|that_script|this_script",
     "Run the script"},
    {Act::kRunCommand, "run|execute <command*>", "Run uname -a"},
    {Act::kRunCommand, "what time|date|day is it now|today?", "What time is it?"},

    // Files.
    {Act::kMoveFile, "rename|move the? file? <path> to|into|as <target>", "Rename a.txt to b.txt"},
    {Act::kMoveFile, "rename|move it|the_file|that_file|this_file to|into|as <target>",
     "Rename the file to b.txt"},
    {Act::kCopyFile, "copy|duplicate the? file? <path> to|into|as <target>", "Copy a.txt to b.txt"},
    {Act::kCopyFile, "copy|duplicate it|the_file|that_file to|into|as <target>", "Copy the file to b.txt"},
    {Act::kCountFile, "count the|all? number_of? <unit> in|of|inside the? file? <path>",
     "Count the lines in a.txt"},
    {Act::kCountFile, "count its|the|all? <unit>", "Count its lines"},
    {Act::kCountFile,
     "tell_me|say? how_many <unit> are|does|has|there|in|is? there|in|the? in|file? <path> "
     "have|has|contain|contains?",
     "How many lines does a.txt have?"},
    {Act::kCountFile,
     "tell_me|say|report|and? how_many <unit> does|are|it|has|there|in it|there|the_file|have|has|in *",
     "How many lines does it have?"},
    {Act::kSave,
     "extract|export|download|collect|scrape|convert|copy|get <content*> to|in|into|as the|a|an? new? file? "
     "called|named? <path>",
     "Extract the table as CSV into a.csv"},
    {Act::kWriteFile,
     "write|create|make|save|add|put a|an|the? new|small|short? text|markdown? file|note|document? "
     "called|named? <path> "
     "with|containing|saying|that_says|that_contains|which_says|with_the_content|with_the_contents|with_the_"
     "text|with_content|whose_content_is|and_put <content*> in_it|inside?",
     "Write a file notes.txt with buy milk"},
    {Act::kWriteFile,
     "write|create|make|save a|an|the? small|short|new? python|javascript|js|node|bash|shell? "
     "script|program|file called|named? "
     "<path> that|which|to prints|print|outputs|output|echoes|echo <printed*>",
     "Write a python script hello.py that prints \"hello\""},
    {Act::kWriteFile, "create|make|touch|write a|an|the? new? empty? file|document? called|named? <path>",
     "Create an empty file called todo.md"},
    {Act::kAppendFile, "append|add <content*> to it|the_file|that_file|this_file", "Append \"eggs\" to it"},
    {Act::kAppendFile, "append <string>", "Append \"eggs\""},
    {Act::kAppendFile, "append|add <content*> to the? end|bottom|tail|last_line? of? the? file? <path>",
     "Append buy bread to notes.txt"},
    {Act::kAppendFile, "append|add to <path> the? line|text? <content*>",
     "Append to notes.txt the line buy bread"},
    {Act::kWriteFile,
     "write|save|put|store|dump <content*> to|in|into|as|under the|a|an? new|text? file? called|named? "
     "<path>",
     "Save \"hello\" as greeting.txt"},
    {Act::kWriteFile, "create|write|make a|an? file called|named? <path> <content*>",
     "Create a file a.txt: hello"},
    {Act::kReplaceInFile,
     "replace|change|substitute all|every|the|word|text? <old*> with|by|to|for <new*> in|inside the? file? "
     "<path>",
     "Replace teal with amber in notes.txt"},
    {Act::kReplaceInFile,
     "replace|change|substitute all|every|the|word|text? <old*> with|by|to <new*> in|inside "
     "it|the_file|that_file",
     "Replace teal with amber in the file"},
    {Act::kReplaceInFile,
     "in|inside the? file? <path> replace|change|substitute the? word|text? <old*> with|by|to <new*>",
     "In notes.txt replace teal with amber"},
    {Act::kSearchFiles,
     "search|grep|look|scan|find the? files|workspace|folder|directory? for|containing|with|mentioning? "
     "<query*> in|inside|within|among|across the|my|all|this|these? "
     "files|workspace|folder|directory|file|documents",
     "Search for teal in the files"},
    {Act::kSearchFiles,
     "search|grep|scan|look|look_in through|in? the|my|all? files|workspace|folder|directory for <query*>",
     "Search the files for teal"},
    {Act::kSearchFiles, "which|what files|file contain|contains|mention|mentions|have|has <query*>",
     "Which files mention teal?"},
    {Act::kSearchFiles, "search|grep|find for? <query*> in the? file? <path>", "Grep error in server.log"},
    {Act::kListFiles,
     "list|show|display|print|give me? all|the|my|of|what? the|my? files|directory|folder|workspace|contents "
     "in|of|inside|under? the? folder|directory? <path>",
     "List the files in docs/"},
    {Act::kListFiles,
     "list|show|display|print|give me? all|the|my|of|what? the|my? "
     "files|directory|folder|workspace|directories|folders and? folders|directories|contents? in|of|from? "
     "the|this|my|current? workspace|folder|directory|here|working|session? directory|folder?",
     "List the files"},
    {Act::kListFiles, "what|which files are|do|exist|is|have there|here|in|you|i *", "What files are there?"},
    {Act::kDeleteFile, "delete|remove the? file? <path>", "Delete notes.txt"},
    {Act::kDeleteFile, "delete|remove it|the_file|that_file|this_file", "Delete the file"},
    {Act::kReadFile,
     "read|show|view|open|print|display|cat|see|check|describe|summarize|summarise|what_is_in|what's_in|give_"
     "me|look_at|tell_me_what_is_in|output me|back|out? what|the|all? is? contents|content|text? of|in? "
     "the|my? file|files? <paths*> back|out|aloud|again|says?",
     "Read notes.txt"},

    // The web.
    {Act::kFollow,
     "open|visit|follow|click|tap|choose|select|view|go_to|go_into|navigate_to|look_at on? "
     "it|that|this|that_one|this_one|one "
     "page|item|product|link|result|article|entry|up?",
     "Open it"},
    {Act::kFollow,
     "open|visit|follow|click|tap|choose|select|view|go_to|go_into|navigate_to on? its|the "
     "item|product|result|article|entry|page|link "
     "page?",
     "Open its page"},
    {Act::kFollow,
     "open|visit|follow|click|tap|choose|select|view|go_to|go_into|navigate_to|read on? the <nth> "
     "one|item|product|result|article|entry|hit|match|row|post|link? page?",
     "Open the first result"},
    {Act::kResults,
     "list|show|give|tell|report|print|read|what|summarize|summarise me|us? are|all|of? the|all? "
     "search|found|first|top? "
     "results|hits|matches *",
     "List the results"},
    {Act::kBack,
     "go|navigate|return back|to_the_previous_page|to_the_last_page to_the_previous_page|one_page?",
     "Go back"},
    {Act::kScreenshot,
     "take|make|capture|grab|get|save a|another|full|the? full|full-page|whole|entire? page? "
     "screenshot|picture *",
     "Take a screenshot"},
    {Act::kScreenshot, "screenshot *", "Screenshot the page"},
    {Act::kScroll, "scroll the|page? <direction*>", "Scroll down"},
    {Act::kWait, "wait for|until the|text? <what*> appears|to_appear|is_shown|shows_up|is_visible",
     "Wait for \"Ready\" to appear"},
    {Act::kWait, "wait for|until <what*>", "Wait until the table loads"},
    {Act::kLinks,
     "list|show|get|extract|collect|give|find|what|which me? are? all|every|the|of? the? links *",
     "List all the links on the page"},
    {Act::kHeadings,
     "list|show|get|extract|collect|give|what|which me? are? all|every|the|of? the? "
     "headings|heading|sections *",
     "List the headings"},
    {Act::kTables, "list|show|get|extract|collect|give|read|print me? all|every|the|of? the? table|tables *",
     "Show me the table"},
    {Act::kPress, "press|hit|push the|key? <key> key?", "Press Enter"},
    {Act::kType,
     "type|enter|input|write|put <value*> in|into|to|for|as the? <label*> field|box|input|textbox|area",
     "Type \"Ada\" into the name field"},
    {Act::kType, "type|enter|input <value*> in|into|to|for|as the? <label*>", "Enter Ada for first name"},
    {Act::kType, "set|change the? <label*> field|box|input? to <value*>", "Set the quantity to 3"},
    {Act::kType, "fill in|out? the? <label*> field|box|input with <value*>",
     "Fill in the name field with Ada"},
    {Act::kType, "type|enter|input <value*>", "Type lantern"},
    {Act::kFill,
     "fill|complete in|out|up? the|this|that|a? <form*> with|using|as_follows|by_entering "
     "the_following|these|values|details|data|fields? <fields*>",
     "Fill the form with name Ada and email a@b.c"},
    {Act::kFill, "book|reserve|order|register|apply|sign_up <form*> for|with|under|on|as|using <fields*>",
     "Book a visit for Ada Byron, 2 adults, on 5 October 2026"},
    {Act::kFill, "fill|enter|put in|out? the? details|data|values|following|form|fields? <fields*>",
     "Fill in: name Ada, email a@b.c"},
    {Act::kSelect,
     "select|choose|pick <value*> from|in|for|as|under the? <label*> "
     "dropdown|list|menu|field|select|box|options",
     "Select Large from the size menu"},
    {Act::kSelect, "select|choose|pick <value*> from|in|for|as|under the? <label*>", "Choose Large for size"},
    {Act::kSelect, "select|choose|pick the? option? <value*>", "Select Large"},
    {Act::kTick,
     "accept|agree|acknowledge|confirm|tick to|with? the? <label*> "
     "checkbox|box|rules|terms|conditions|policy|statement",
     "Accept the terms"},
    {Act::kTick, "accept|agree|acknowledge to|with? the? <label*>", "Agree to the house rules of the hut"},
    {Act::kTick, "confirm that <label*>", "Confirm that you are an adult"},
    {Act::kTick, "check|tick|untick|uncheck the? <label*> checkbox|box|option",
     "Tick the newsletter checkbox"},
    {Act::kTick, "tick|untick|uncheck the? <label*>", "Tick newsletter"},
    {Act::kSubmit,
     "submit|send the|this|that|your|it? form|request|message|booking|order|application|enquiry|it?",
     "Submit the form"},
    {Act::kClick,
     "click|tap|press|hit|push on|the? on|the? link|button|tab|item? "
     "called|named|labelled|labeled|saying|that_says|to|for? <label*>",
     "Click on 'Catalogue'"},
    {Act::kClick,
     "follow|open|go|visit|choose|navigate to? the? link|button|tab "
     "to|called|named|labelled|labeled|for|saying <label*>",
     "Follow the link to the ferry timetable"},
    {Act::kClick,
     "open|follow|go_to|visit|navigate_to|go_into|switch_to|head_to the|a|its? <label*> "
     "page|link|section|tab|menu|area|screen",
     "Go to the About page"},
    {Act::kSearchFiles, "grep for? <query*>", "grep teal"},
    {Act::kSearch,
     "search|browse|query the|this? site|website|page|web|internet|catalogue|catalog|shop|store|it for "
     "<query*>",
     "Search the site for lanterns"},
    {Act::kSearch,
     "search|google|search_for|look_for|look_up for? <query*> on|in|with|using the|this|its? site's? "
     "site|website|web|page|internet|search|catalogue|catalog|shop|store box|form|field|page?",
     "Look up lanterns on the site"},
    {Act::kSearch, "search for <query*>", "Search for lanterns"},
    {Act::kSearch, "use the? site's? search to_find|to_look_for|for|to_search_for <query*>",
     "Use the search to find lanterns"},
    {Act::kSearch, "search|google <query*>", "google lighthouse tours"},
    {Act::kDescribe,
     "summarize|summarise|recap|sum_up|condense the|this|that? "
     "it|page|site|website|article|content|contents|text? "
     "in|to|into|with|as|using|briefly *",
     "Summarise the page in 3 sentences"},
    {Act::kDescribe,
     "describe|summarize|summarise|explain|outline|recap|read what|it|this|that|the|briefly|everything|me? "
     "you|i|page|site|website|content|contents|article|text|there|screen|is|news? "
     "see|there|page|content|of|on|it|you|out|to|aloud|back? the|this|that|it|there|me|page|see|find? "
     "page|site|website|there|screen? page|briefly|for_me?",
     "Describe what you see"},
    {Act::kDescribe,
     "tell|show|report|say|let me|us? me|us|know? what "
     "you|is|i|there|it|can|page|the_page|this_page|that_page|the_site "
     "see|find|on|there|says|you|say|is|about|contains? see|on|find|there|it|the|that|about? "
     "the|it|that|this|page? page|site|screen|there?",
     "Tell me what you see"},
    {Act::kDescribe,
     "what do|can|is|does|'s you|on|in|it|this|that|the|there? "
     "see|find|the|this|that|it|page|say|on|there|about? there|page|site|on|it|the|about|say? "
     "it|page|there|the? page|about?",
     "What do you see on the page?"},
    {Act::kDescribe,
     "give|write|provide|make me? a|an|the? short|brief|quick|one-line|one-sentence|one|two|three|four|five? "
     "sentence|line|paragraph? "
     "summary|description|overview|recap of|about? *",
     "Give me a short summary of the page"},
    {Act::kDescribe, "what is|does|'s the|this|that page|site|website about|say|show|contain *",
     "What is this page about?"},

    // Literal answers.
    {Act::kSay,
     "say|reply|respond|answer|repeat|echo with|after_me|exactly|only|just|the? the|word|words|text|only? "
     "<quote>",
     "Reply with \"pong\""},
    {Act::kSay, "say|repeat|echo <word> only|please?", "Say hello"},
    {Act::kSay,
     "reply|respond|answer with|only|just|exactly the? word|words|text|only|exactly|just? <content*>",
     "Reply with exactly ready"},
});

}  // namespace

std::span<const Rule> rules() {
  return kRules;
}

}  // namespace soma::model::reflex
