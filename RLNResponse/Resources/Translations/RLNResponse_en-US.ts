<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en-US">
<context>
    <name>AgreementSection</name>
    <message>
        <source>Agreement</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Extract features</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The 106 features of every locked reading of an unblinded study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Compare readers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Inter- and intra-reader agreement of features, scores and contours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which plot: ICC between readers, or of one reader&apos;s re-contouring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show plot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The chosen one in Slicer&apos;s plot view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows the tables and figures in the file browser</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Research use only, not a medical device.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CoordinatorForm</name>
    <message>
        <source>New study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Title:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Recurrent lymph nodes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>R&amp;eaders:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A, B</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The codes of one reader or two, with a comma between them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Re&amp;peat by:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which one of them reads everything twice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Washout:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> days</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Days between locking a first reading and its repeat</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New fo&amp;lder:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An empty folder, or one that is not there yet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More of the protocol</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Second &amp;CT:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Retest</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A second CT of a lymph node without treatment between the two; rows with repeat_of and occasion in the table of lymph nodes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After treatment</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A second CT of a lymph node after treatment; rows with repeat_of and occasion in the table of lymph nodes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Assistance:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Whether a reading may begin from a contour that its reader did not draw</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Features:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How features are extracted (filters, resampling, bin width): pyradiomics&apos; parameter file, or another study&apos;s study.toml; empty: pyradiomics&apos; defaults</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;ICC:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which ICC, by McGraw and Wong&apos;s names</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>above </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A feature is kept above it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the threshold judges</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Seed:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of every order in the study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Re&amp;gistered:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In place of all above: the JSON that rlnresponse plan registered, whose protocol the study gets</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make the study in the new folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Drop a CT&apos;s folder on its row, or several that are named by the study&apos;s codes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Patients:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A row for each patient: CSV, XLSX or a REDCap export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>L&amp;ymph nodes:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A row for each lymph node: CSV, XLSX or a REDCap export</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import tables</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take both clinical tables into the study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;CT folder:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A DICOM folder with one CT series; only voxels and acquisition facts are kept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>P&amp;atient:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The patient&apos;s pseudonym in the patients table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Image:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The image&apos;s identifier in the lymph nodes table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import CT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take the CT into the study, de-identified</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More of imports</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>I&amp;nstrument:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of a REDCap export: the repeating instrument of the lymph nodes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Key file:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pseudonyms and hospital IDs, outside the study folder, for every CT that is imported here; for DICOM, which states the ID</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Series:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The UID of the series, of a CT folder with several</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ac&amp;quisition:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The number of the acquisition, of a DICOM series that mixes several</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import every CT of a table…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A table with a row a CT: patient, image, path; beside Slicer, with Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import every contour of a table…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A table with a row a contour: lymph_node, reader, round, path; each becomes the draft of its reading</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Or choose the row above and a CT that Slicer&apos;s DICOM database holds:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Import the chosen series</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take it into the study as the CT of the chosen row, de-identified</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Readers</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Corrections</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patient</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lymph node, or all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leave out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of the analysis; the decision is kept with its reason</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Take in again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Both decisions are kept</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unblind</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why these readings are missing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unblinding freezes the protocol and shows every contour and score. It cannot be undone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unblind…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Asks once more; Cancel is what Return presses</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DisagreementSection</name>
    <message>
        <source>Disagreement</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>List disagreements</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scores every locked contour of an unblinded study and lists where two readings differ</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Plot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One reading&apos;s scores against the other&apos;s in a plot view; click a point to see its contours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Differences</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The difference of both scores against their mean, with bias and limits of agreement; click a point to see its contours</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which score, and which two readings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>◀ Previous</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The lymph node above in the table (Ctrl+Shift+Up)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next ▶</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The lymph node below in the table (Ctrl+Shift+Down)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Takes both contours and their CT out of the scene</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Does not open the lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Research use only, not a medical device.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ModelSection</name>
    <message>
        <source>Model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Fit a Rad-score on this study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>LASSO-logistic score for response on the features that pass, with its correction</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A published score model</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Validate on this study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The chosen score model on the lymph nodes of this study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which plot: ROC, calibration, decision curve, LASSO path</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show plot</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The chosen one in Slicer&apos;s plot view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows the tables and figures in the file browser</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Research use only, not a medical device.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RLNResponse</name>
    <message>
        <source>RLNResponse</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Contour recurrent lymph nodes after esophagectomy on contrast CT, blinded and repeated in a study or for one patient, and see the Rad-scores of Gu et al. 2021 beside the contour. Research use only, not a medical device.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Replicates Gu et al. 2021, doi 10.21203/rs.3.rs-174078/v1; pyradiomics&apos; features.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>RLNResponse could not be opened ({error}); nothing in the scene or a study was changed, and the log says why.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>RLNResponse&apos;s self-test passed.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReadSection</name>
    <message>
        <source>Read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the next one on your list (Ctrl+Shift+N)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which lymph nodes the list shows</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the chosen lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The lymph nodes in your own order; double-click one to read it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why it must be corrected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Correct</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save draft</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the contour as it is now; this also happens every minute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lock reading</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check the contour and lock it for good (Ctrl+Shift+L)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How the CT&apos;s grey values are shown</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReportSection</name>
    <message>
        <source>Report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export DICOM…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Which local-control curves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show curves</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shows the report&apos;s files in the file browser</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>In words</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Research use only, not a medical device.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>RequirementsSection</name>
    <message>
        <source>Set-up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the packages are for; each purpose is installed by itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Install</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From the registry of Python packages, into Slicer&apos;s own Python</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From a folder of wheels…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without a network: docs/slicer.md says how to fill the folder elsewhere</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ScoreSection</name>
    <message>
        <source>&amp;CT:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>vtkMRMLScalarVolumeNode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The contrast CT; the one in the slice views is chosen by itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>ct</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Se&amp;gmentation:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>vtkMRMLSegmentationNode</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The contours; each segment is one lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>segmentation</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>New</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a lymph node to see it in the views, edit it and see its scores in full</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One more lymph node to draw</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>On image:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>corner</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the chosen lymph node&apos;s scores into the corner of every slice view</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>beside it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write the chosen lymph node&apos;s scores beside it, in the slice views that cut it</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Contour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The features that the scores are made of</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Own &amp;model:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A model card (.json) that is shown beside the two published scores; empty for none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy table</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Copy all rows for a spreadsheet</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export CSV…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Write all rows with every digit to a file</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StudySection</name>
    <message>
        <source>Study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Study &amp;folder:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The folder of a study; those opened before are in the list</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Reader:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Who reads; what other readers drew stays hidden</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>R&amp;ound:</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>1 is the first reading, 2 the repeat after the washout</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>%v of %m read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lymph nodes that this reader has locked in this round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Coordinator…</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make a study, import into it, see its readers, leave out, correct, unblind</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>panel.background_command</name>
    <message>
        <source>Something is still being computed; wait for it or cancel it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled; nothing was left half-written.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slicer&apos;s own Python could not be started ({reason}); install Slicer again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The computation ended without a word.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>panel.comparison_opening</name>
    <message>
        <source>Opening &apos;{name}&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled; &apos;{name}&apos; was not opened.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>panel.doors</name>
    <message>
        <source>One patient</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Contour lymph nodes on a CT and see their scores beside them</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reader study</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Blinded, repeated readings of many lymph nodes, and their analysis</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Tour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is where behind this door, in a minute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A blinded reading is open, and a score would bias it; lock or leave it first.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>panel.live_scoring</name>
    <message>
        <source>&apos;{name}&apos; is empty; draw it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>panel.self_check</name>
    <message>
        <source>Scoring the sample.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reading a lymph node.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>panel.tour</name>
    <message>
        <source>Close the tour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>panel.tour_steps</name>
    <message>
        <source>One patient is for a CT of your own: contour its lymph nodes and see their scores.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reader study is for blinded, repeated readings of many lymph nodes, and their analysis.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This shows the tour again. A ? beside a number says what it means.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The CT: the one in the views is chosen by itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its lymph nodes are the segments of this segmentation; New makes one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What to do next stands here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Each lymph node with both scores; choose a row, and the views go there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unfold this to paint; the scores follow each stroke.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A study is a folder. Name it, and press Open study.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Making a study, imports, exclusions and unblinding have a window here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Say who you are: you see your own list, and nobody else&apos;s contours.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The next lymph node on your list opens with this button.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your list, and what is left of it.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>qSlicerAbstractCoreModule</name>
    <message>
        <source>Quantification</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.agreement</name>
    <message>
        <source>Extracting the features.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The features are extracted; compare the readers next.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Comparing the readers.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The readers are compared.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.coordinator</name>
    <message>
        <source>RLNResponse: coordinator</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reader</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Round</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>To read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next from</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Correction</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patient</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Decision</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>State</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{locked} of {assigned}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>all</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>left out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>taken in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{patients} of {all_patients} and {nodes} of {all_nodes} are analysed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>open, not locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not begun</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} missing; they can never be made blinded after unblinding.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No reading is missing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name a new folder for the study first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Made the study. Import the clinical tables and the CT next.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name both clinical tables first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Imported {patients} and {lymph_nodes}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left out: {name}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Taken in again: {name}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} missing; say first why, or wait until all are locked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unblind the study? The protocol is frozen and no blinded reading can be made any more. This cannot be undone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{count} missing. </source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unblind</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Unblinded; the protocol is frozen.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.ct_import</name>
    <message>
        <source>Patient</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lymph nodes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Missing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patient in Slicer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Date</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Series</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Slices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name the folder with the CT first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Importing the CT.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A table with a row a CT: patient, image, path</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Importing every CT of the table.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A table with a row a contour: lymph_node, reader, round, path</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Importing every contour of the table.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a series of Slicer&apos;s DICOM database first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something is still being computed; wait for it or cancel it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Importing {count} CT.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>lymph nodes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the CT</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>site of {names}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>left out: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.disagreement</name>
    <message>
        <source>Lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Difference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Second</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Dice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>HD95</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Surface Dice</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{score}: {first} and {second}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Scoring both readings of every lymph node.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The disagreements are listed; choose a row to see both contours.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name}: yellow {first}, blue {second}, shaded where they differ.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of the difference:</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.models</name>
    <message>
        <source>Fitting: LASSO on the features that pass, repeated in resamples.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Judging the score on the study&apos;s lymph nodes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done; the figures are in the study&apos;s folder results/model.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.new_study</name>
    <message>
        <source>no proposal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a proposal in first readings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a proposal in repeats too</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.open_reading</name>
    <message>
        <source>The draft of &apos;{name}&apos; is kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is drawn of &apos;{name}&apos; now; the draft that was kept before stays as it is.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is drawn of &apos;{name}&apos;, so no draft is kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is closed; its draft is kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is closed; nothing was drawn.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The CT of &apos;{name}&apos; was deleted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The contour of &apos;{name}&apos; was deleted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> and its draft could not be kept, so both are back in the scene.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>its draft is kept; open it again to go on</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>nothing was drawn</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> from the scene, so the reading was closed: {kept}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The scene was closed; &apos;{name}&apos; is kept as a draft. Open it again to go on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The scene was closed, but &apos;{name}&apos; could not be saved and stays open.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check the contour and lock it for good (Ctrl+Shift+L)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Keep the contour as it is now; this also happens every minute</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a lymph node first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw the lymph node first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{lymph_node} · reader {reader} · round {round} · {minutes:.1f} min contouring</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>correction: {reason}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The study folder can be written again; the draft is kept.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The draft could not be kept: {reason} The contour stays open here and is saved as soon as that works.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>begun from an imported contour of your own</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>begun from a proposal</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>software drew a part</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>⚠ the protocol allows no assistance here; this is noted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>noted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>a proposal is allowed here</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.read</name>
    <message>
        <source>All</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left to read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Station</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Status</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> · {locked} of {count}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the next one on your list ({key})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing can be read today.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a study and choose a reader first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{left} left to read · today {count} locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> in {minutes:.0f} min</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was shown was deleted from the scene; choose it again to see it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Show the locked contour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the chosen lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why it is given up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why it must be corrected</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Give up</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Correct</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>End the correction; the locked contour holds as before, and what was drawn since is gone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Say first why the correction is given up.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Begin a correction with the locked contour; both are kept, and the washout of a repeat begins again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Say first why the locked reading must be corrected.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The correction of &apos;{name}&apos; is given up; the locked contour holds.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a lymph node in the list first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{name}&apos; waits for {what}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The contour of &apos;{name}&apos; is locked; it can be seen after unblinding.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is left to read today.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Loading &apos;{name}&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is shown as it was locked.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is open with its draft; go on contouring.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is open with the contour that was locked; correct it, and lock it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&apos;{name}&apos; is open; draw it with Segment Editor.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Locked &apos;{name}&apos;.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Next is &apos;{name}&apos; ({key}).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>from {day}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>waits for {what}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>to read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>locked</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.report</name>
    <message>
        <source>Analysing the whole study; this takes minutes.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The report is made; open it, or show its curves beside the views.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{file} cannot be opened from here; open it in a browser, or make the report again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An empty folder for the DICOM files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Writing the locked readings as DICOM SEG and SR.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The readings are exported as DICOM.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The curves are shown in the plot view.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something is being computed; wait for it or cancel it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There is no report yet; make it first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The report found no local-control curves in this study.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The whole analysis as one page in the study&apos;s folder results</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The page in the browser</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The locked readings as DICOM SEG and SR, into an empty folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Local control (Kaplan-Meier) as a plot beside the views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open a study first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The study is blinded; unblind it first.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.requirements</name>
    <message>
        <source>For {purpose}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{names}: about {download} MB to fetch, {disk} MB on the disk. Contouring, reading and scoring need none of it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A folder of wheels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installing {names}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancelled; press Install to begin again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installed; start Slicer again, since an older version is loaded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Installed: all that is needed for {purpose}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.score</name>
    <message>
        <source>Choose a CT first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lymph nodes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Draw the lymph node; its scores follow each stroke.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title} is shown beside the published scores.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A new segmentation on this CT, with one lymph node to draw</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load a contrast CT (or File, Download Sample Data, RLNResponse); it is chosen by itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Press New to draw a lymph node on this CT, or choose a segmentation.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This segmentation is empty; press Add to draw a lymph node.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.section</name>
    <message>
        <source>Open a study first.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.study</name>
    <message>
        <source>The last study was {name}; press Open study to go on with it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Open the study in this folder, or read it again</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Name a study&apos;s folder first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source> · {reader}, round {round}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: opened. Choose the reader.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{title}: opened; it is unblinded.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{reader}, round {round}: {locked} of {assigned} locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, {count} open</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>, next from {day}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>sections.window_choice</name>
    <message>
        <source>Mediastinum</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Narrow soft tissue</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Lung</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Bone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{window}: width {width:.0f}, level {level:.0f} ({key})</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.chosen_score</name>
    <message>
        <source>Feature</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Details</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>How far a redrawn contour would move it: being computed.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.finding_words</name>
    <message>
        <source>air inside</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>anisotropic voxels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>at image border</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>contour grid larger</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>copy in scene</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>duplicate slice positions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>empty contour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>far from site</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>few voxels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>identifying pixels</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>iqr unlike lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>large lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>lossy compression</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mean unlike lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>metal inside</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>missing slices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>mixed passes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>modality unknown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no light tissue near</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not ct</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not finite inside</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not three dimensional</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>one slice only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>other frame of reference</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>other series</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>outline crosses itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>outlines left out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>outlines through centres</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>outside ct</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>overlapping outlines</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>overlaps another</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>place not stated</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>protocol contrast</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>protocol delay</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>protocol exposure</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>protocol kernel</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>protocol kilovoltage</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>protocol scanner</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>protocol unknown</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>resampled contour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rescale absent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>rescale not hu</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>same contour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>several components</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>several segments</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>skipped slices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>slices apart</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>small lymph node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>spacing at contour</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stray image</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>thick slices</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>two positions</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>uneven slice spacing</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>values not hu</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.lymph_node_table</name>
    <message>
        <source>Lymph
node</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its colour in the views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shown in the views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What makes the score doubtful</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Shown; click to hide it in the views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Hidden; click to show it in the views</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not scored yet</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.pair_gauge</name>
    <message>
        <source>{score}: {first}, {second}, cutoff {cutoff}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cutoff {value}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.pictures</name>
    <message>
        <source>{file}; click for the full size</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.plots</name>
    <message>
        <source>{plot}: shown in the plot view.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.question_mark</name>
    <message>
        <source>What this number means, and what it does not show</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What the number means</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.result_tables</name>
    <message>
        <source>{column}; click to sort by it</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.score_export</name>
    <message>
        <source>Copied {rows}; paste them into a spreadsheet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Export the scores</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{name} cannot be written ({reason}); choose another folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wrote {name}.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.score_gauge</name>
    <message>
        <source>What each feature adds</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>cutoff {value}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>this lymph node {score}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.score_picture</name>
    <message>
        <source>{score}, cutoff {cutoff}, {group}</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.status</name>
    <message>
        <source>Something went wrong inside RLNResponse ({error}); nothing was saved by this step. The log has the detail.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>widgets.what_would_change</name>
    <message>
        <source>What would change the group</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The least redrawing that would change it, and the boundary coloured by what moving it there does</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Of which score the boundary is coloured</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Trying redrawn contours …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Boundary coloured by {score}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Boundary: blue where moving it outwards raises {score}, orange where it lowers it; white, neither.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
