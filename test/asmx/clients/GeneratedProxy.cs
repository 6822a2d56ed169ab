// The proxies that wsdl.exe generates from the WSDL, one namespace for each binding. Parameters come as variables of their own
// names; what they understood goes out as JSON.
using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Web.Script.Serialization;
using System.Web.Services.Protocols;

static class GeneratedProxy
{
    delegate object Call(string token, string pattern, string details, string phones, string smsType);

    static string Given(string name) => Environment.GetEnvironmentVariable(name) ?? "";

    static Dictionary<string, string> Fields(object answer) =>
        answer.GetType().GetProperties().ToDictionary(field => field.Name, field => field.GetValue(answer)?.ToString());

    static object SeenOn(string binding, Call call, string phones)
    {
        string pattern = Given("Pattern") + binding, details = Given("Details"), smsType = Given("SmsType");
        bool soap = binding.StartsWith("soap");
        string fault = null;
        var sucess = Fields(call(Given("Token"), pattern, details, phones, smsType));
        var faild = Fields(call("bad", pattern, details, phones, smsType));
        try
        {
            call(Given("Token"), pattern, soap ? new string('x', 4200000) : details, phones, soap ? smsType : "abc");
        }
        catch (SoapException exception)
        {
            fault = exception.Code.Name + " " + exception.Message;
        }
        catch (WebException exception)
        {
            fault = ((int)((HttpWebResponse)exception.Response).StatusCode).ToString();
        }
        return new { sucess, faild, fault };
    }

    static void Main()
    {
        string other = Given("DefaultDetail"), postFix = Given("PostFixNumber"), time = Given("SendTime"), phones = Given("Phones");
        var soap11 = new SOAP.Services();
        var soap12 = new SOAP12.Services();
        var get = new HttpGet.Services();
        var post = new HttpPost.Services();
        Console.OutputEncoding = new System.Text.UTF8Encoding(false);
        Console.Write(new JavaScriptSerializer().Serialize(new Dictionary<string, object> {
            ["soap11"] = SeenOn("soap11", (t, p, d, n, s) => soap11.CustomSend(t, p, other, d, n, int.Parse(s), postFix, time), phones),
            ["soap12"] = SeenOn("soap12", (t, p, d, n, s) => soap12.CustomSend(t, p, other, d, n, int.Parse(s), postFix, time), phones),
            ["http-get"] = SeenOn("http-get", (t, p, d, n, s) => get.CustomSend(t, p, other, d, n, s, postFix, time), Given("FewPhones")),
            ["http-post"] = SeenOn("http-post", (t, p, d, n, s) => post.CustomSend(t, p, other, d, n, s, postFix, time), phones),
        }));
    }
}
